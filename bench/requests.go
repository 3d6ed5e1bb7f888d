package main

import (
	"encoding/json"
	"fmt"
)

// each deals the users out to the connections and makes a request for each.
func each(users []signedIn, connections int, make1 func(u signedIn) (*request, error)) (requests, error) {
	list := make(requests, connections)
	for i, u := range users[:len(users)/connections*connections] {
		r, err := make1(u)
		if err != nil {
			return nil, err
		}
		list[i%connections] = append(list[i%connections], r)
	}
	return list, nil
}

// unsigned makes a request from an operation's input.
func unsigned(operation string, in any) (*request, error) {
	body, err := json.Marshal(in)
	return newRequest(operation, string(body)), err
}

func updateRequests(w *world, connections int) (requests, error) {
	return updatesOf("name", w.people(), connections)
}

func crowdUpdates(w *world, connections int) (requests, error) {
	return updatesOf("name", w.users, connections)
}

// nicknameRequests set an attribute that users cannot be listed by.
func nicknameRequests(w *world, connections int) (requests, error) {
	return updatesOf("nickname", w.people(), connections)
}

func updatesOf(attribute string, users []signedIn, connections int) (requests, error) {
	return each(users, connections, func(u signedIn) (*request, error) {
		return unsigned("UpdateUserAttributes", map[string]any{
			"AccessToken":    u.access,
			"UserAttributes": []map[string]string{{"Name": attribute, "Value": "Person " + stampMark}},
		})
	})
}

func getRequests(w *world, connections int) (requests, error) {
	return getsOf(w.people(), connections)
}

func crowdGets(w *world, connections int) (requests, error) { return getsOf(w.users, connections) }

func getsOf(users []signedIn, connections int) (requests, error) {
	return each(users, connections, func(u signedIn) (*request, error) {
		return unsigned("GetUser", map[string]any{"AccessToken": u.access})
	})
}

func signInRequests(w *world, connections int) (requests, error) {
	return each(w.users[:w.passwords], connections, func(u signedIn) (*request, error) {
		return unsigned("InitiateAuth", map[string]any{
			"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": w.clientID,
			"AuthParameters": map[string]string{"USERNAME": u.name, "PASSWORD": password},
		})
	})
}

func refreshRequests(w *world, connections int) (requests, error) {
	return each(w.users[:w.passwords], connections, func(u signedIn) (*request, error) {
		return unsigned("InitiateAuth", map[string]any{
			"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": w.clientID,
			"AuthParameters": map[string]string{"REFRESH_TOKEN": u.refresh},
		})
	})
}

// listEqualRequests ask for one user by the e-mail address.
func listEqualRequests(w *world, connections int) (requests, error) {
	return listRequests(w, connections, func(i int) string { return fmt.Sprintf(`email = "%s"`, email(i)) })
}

// listPrefixRequests ask for the first page of the hundred users that share a
// beginning.
func listPrefixRequests(w *world, connections int) (requests, error) {
	return listRequests(w, connections, func(i int) string { return fmt.Sprintf(`email ^= "person-%05d"`, i/100) })
}

// filtersPerConn is how many filters each connection goes round.
const filtersPerConn = 15

func listRequests(w *world, connections int, filter func(i int) string) (requests, error) {
	list := make(requests, connections)
	n := connections * filtersPerConn
	for k := range n {
		body, err := json.Marshal(map[string]any{"UserPoolId": w.poolID, "Filter": filter(k * w.size / n)})
		if err != nil {
			return nil, err
		}
		r, err := newSignedRequest(w.server.addr, "ListUsers", string(body))
		if err != nil {
			return nil, err
		}
		list[k%connections] = append(list[k%connections], r)
	}
	return list, nil
}

// mixedRequests are of every kind: in twenty, ten reads, six updates, two
// lists, one refresh and one sign-in.
func mixedRequests(w *world, connections int) (requests, error) {
	kinds := []struct {
		build func(*world, int) (requests, error)
		share int
	}{{crowdGets, 10}, {crowdUpdates, 6}, {listPrefixRequests, 2}, {refreshRequests, 1}, {signInRequests, 1}}
	mixed := make(requests, connections)
	for _, kind := range kinds {
		list, err := kind.build(w, connections)
		if err != nil {
			return nil, err
		}
		for i := range mixed {
			// A hundred requests.
			for k := range kind.share * 5 {
				mixed[i] = append(mixed[i], list[i][k%len(list[i])])
			}
		}
	}
	return mixed, nil
}
