package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// existenceSamples is how often each of two names is tried.
const existenceSamples = 1000

// triesOfOne is how often one name is tried with a wrong password: a fifth failure would
// lock it.
const triesOfOne = 4

// existenceRows measure whether the time of an answer tells a user from a name that
// nobody has, with a client that hides that: known and unknown names are tried in turn, one
// at a time, and the figure is the probability that an answer for a known name took longer
// than one for an unknown name, which is 0.5 where nothing tells them apart.
func (b *bench) existenceRows(ctx context.Context, engine string, w *world) error {
	const name = "Known against unknown user, "
	if !b.wants(name) {
		return nil
	}
	var made struct{ UserPoolClient struct{ ClientId string } }
	err := call(ctx, w.server.addr, "CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "hiding", "PreventUserExistenceErrors": "ENABLED",
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"},
	}, &made)
	if err != nil {
		return err
	}
	c := &srpClient{w: w, http: &http.Client{}}
	clientID := made.UserPoolClient.ClientId
	for _, asked := range []struct {
		name, operation string
		body            func(user string) map[string]any
		refused         bool
	}{
		{"wrong password", "InitiateAuth", func(user string) map[string]any {
			return map[string]any{"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": clientID, "AuthParameters": map[string]string{"USERNAME": user, "PASSWORD": "Wr0ng-Passw0rd!"}}
		}, true},
		{"SRP challenge", "InitiateAuth", func(user string) map[string]any {
			return map[string]any{"AuthFlow": "USER_SRP_AUTH", "ClientId": clientID, "AuthParameters": map[string]string{"USERNAME": user, "SRP_A": srpPublic.Text(16)}}
		}, false},
		{"forgotten password", "ForgotPassword", func(user string) map[string]any { return map[string]any{"ClientId": clientID, "Username": user} }, false},
	} {
		var known, unknown []float64
		for i := range existenceSamples {
			user := w.users[i/triesOfOne%w.passwords].name
			pair := []string{user, strings.Replace(user, "person", "nobody", 1)}
			for j := range pair {
				which := (i + j) % 2 // each goes first as often as the other
				body := asked.body(pair[which])
				began := time.Now()
				err := c.call(ctx, asked.operation, body, &struct{}{})
				took := time.Since(began).Seconds()
				if refused := err != nil && strings.Contains(err.Error(), "NotAuthorizedException"); refused != asked.refused || err != nil && !refused {
					return errors.Join(fmt.Errorf("%s was not answered as expected", pair[which]), err)
				}
				if which == 0 {
					known = append(known, took)
				} else {
					unknown = append(unknown, took)
				}
			}
		}
		longer, deviation := probabilityOfLonger(known, unknown)
		b.table.add(line{name + asked.name, engine, fmt.Sprintf("%.3f", longer), fmt.Sprintf("±%.3f", 2*deviation), "0.5",
			fmt.Sprintf("%d times each, in turn; medians %.2f and %.2f ms", existenceSamples, 1000*median(known), 1000*median(unknown))})
	}
	return nil
}

// probabilityOfLonger returns the probability that one of a is longer than one of b, by
// the ranks of all (Mann and Whitney's U), and its standard deviation where both are alike.
func probabilityOfLonger(a, b []float64) (p, deviation float64) {
	sorted := slices.Sorted(slices.Values(b))
	wins := 0
	for _, x := range a {
		n, _ := slices.BinarySearch(sorted, x)
		wins += n
	}
	n, m := float64(len(a)), float64(len(b))
	return float64(wins) / (n * m), math.Sqrt((n + m + 1) / (12 * n * m))
}
