package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

// A remembered device proves itself instead of a second factor, in every flow that
// begins with a password.
func TestRememberedDeviceReplacesMFA(t *testing.T) {
	for _, operation := range []string{"InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"} {
		covers(t, operation)
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f, phone := atHome(t, e, true, false)
		d, _ := f.remembered(t, phone)
		codes := f.messages(t, phone)
		s := f.byPassword(t, d)
		if diff := cmp.Diff(map[string]string{"USERNAME": "ann", "DEVICE_KEY": d.key}, s.parameters); diff != "" || s.session == nil {
			t.Errorf("parameters (-want +got):\n%s", diff)
		}
		s = f.greets(t, d, s)
		names := slices.Sorted(maps.Keys(s.parameters))
		if diff := cmp.Diff([]string{"DEVICE_KEY", "SALT", "SECRET_BLOCK", "SRP_B", "USERNAME"}, names); diff != "" || s.parameters["DEVICE_KEY"] != d.key || s.session == nil {
			t.Errorf("parameters (-want +got):\n%s", diff)
		}
		f.wantOn(t, d, did(f.proves(t, d, s))(t))

		p := newProver(f.pool[strings.IndexByte(f.pool, '_')+1:], "ann", password)
		for _, early := range []bool{true, false} {
			first, second := wish("USERNAME", "ann", "SRP_A", p.public().Text(16)), wish("USERNAME", "ann")
			if early {
				first = d.named("USERNAME", "ann", "SRP_A", p.public().Text(16))
			} else {
				second = d.named("USERNAME", "ann")
			}
			s := did(f.enterBy(t, "USER_SRP_AUTH", first))(t)
			wantStage(t, s, nil, "PASSWORD_VERIFIER")
			s = did(f.answerTo(t, s, nil, second, p.proof(t, s.parameters)))(t)
			f.wantOn(t, d, did(f.proves(t, d, f.greets(t, d, s)))(t))
		}

		s = did(f.adminEntersBy(t, "ADMIN_USER_PASSWORD_AUTH", d.named("USERNAME", "ann", "PASSWORD", password)))(t)
		wantStage(t, s, nil, "DEVICE_SRP_AUTH")
		s = did(f.adminAnswersTo(t, s, d.named("USERNAME", "ann", "SRP_A", d.public().Text(16))))(t)
		wantStage(t, s, nil, "DEVICE_PASSWORD_VERIFIER")
		f.wantOn(t, d, did(f.adminAnswersTo(t, s, d.named("USERNAME", "ann"), d.proof(t, s.parameters)))(t))
		if n := f.messages(t, phone); n != codes {
			t.Errorf("%d codes were sent to a device that needs none", n-codes)
		}
	})
}

// Devices that take no second factor's place: unknown, forgotten and not remembered
// ones, and every one in a pool that asks for a second factor all the same.
func TestDevicesThatNeedMFA(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f, phone := atHome(t, e, true, true)
		d, tokens := f.remembered(t, phone)
		f.wantOn(t, d, f.byCode(t, f.byPassword(t, d), phone)) // confirmed only: the user was not asked yet
		noError(t, deviceCalls["UpdateDeviceStatus"](t.Context(), e.Client, tokens.AccessToken, &d.key))
		wantStage(t, f.byPassword(t, d), nil, "DEVICE_SRP_AUTH")
		noError(t, adminDeviceCalls["AdminUpdateDeviceStatus"](t.Context(), e.Client, &f.pool, aws.String("ann"), &d.key)) // not_remembered
		f.wantOn(t, d, f.byCode(t, f.byPassword(t, d), phone))
		noError(t, deviceCalls["UpdateDeviceStatus"](t.Context(), e.Client, tokens.AccessToken, &d.key))

		// Forgotten on the way: the device is told so.
		waiting, greeted := f.byPassword(t, d), f.greets(t, d, f.byPassword(t, d))
		noError(t, deviceCalls["ForgetDevice"](t.Context(), e.Client, tokens.AccessToken, &d.key))
		_, err := f.answerTo(t, waiting, nil, d.named("USERNAME", "ann", "SRP_A", d.public().Text(16)))
		wantFault(t, err, "ResourceNotFoundException", noDevice)
		_, err = f.proves(t, d, greeted)
		wantFault(t, err, "ResourceNotFoundException", noDevice)
		s := f.byCode(t, f.byPassword(t, d), phone)
		if s.tokens.NewDeviceMetadata == nil || *s.tokens.NewDeviceMetadata.DeviceKey == d.key {
			t.Errorf("a forgotten device is told of %v", s.tokens.NewDeviceMetadata)
		}
		// A client that names it beside the proof of the password is told so, and the
		// challenge is good for the same answer without it.
		p := newProver(f.pool[strings.IndexByte(f.pool, '_')+1:], "ann", password)
		s = did(f.enterBy(t, "USER_SRP_AUTH", wish("USERNAME", "ann", "SRP_A", p.public().Text(16))))(t)
		_, err = f.answerTo(t, s, nil, d.named("USERNAME", "ann"), p.proof(t, s.parameters))
		wantFault(t, err, "ResourceNotFoundException", noDevice)
		wantStage(t, did(f.answerTo(t, s, nil, wish("USERNAME", "ann"), p.proof(t, s.parameters)))(t), nil, "SMS_MFA")

		always, phone := atHome(t, e, false, false)
		d, _ = always.remembered(t, phone)
		always.wantOn(t, d, always.byCode(t, always.byPassword(t, d), phone))
	})
}

// Proofs that are none, and steps that are replayed, run out or are somebody else's.
func TestDeviceProofsAreJudged(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException", "ResourceNotFoundException", "InvalidParameterException")
	withClock(t, func(t *testing.T, e *env, c *clock) {
		f, phone := atHome(t, e, true, false)
		d, _ := f.remembered(t, phone)
		other, _ := f.remembered(t, phone)
		f.careful(t, "bob")
		const badSession, used, expired = "Invalid session for the user.", "Invalid session for the user, session can only be used once.", "Invalid session for the user, session is expired."

		first := f.byPassword(t, d)
		greeting := d.named("USERNAME", "ann", "SRP_A", d.public().Text(16))
		refused := func(s *stage, code, message string, responses ...map[string]string) {
			t.Helper()
			_, err := f.answerTo(t, s, nil, responses...)
			wantFault(t, err, code, message)
		}
		const wrong, gone = "NotAuthorizedException", "ResourceNotFoundException"
		refused(first, gone, noDevice, other.named("USERNAME", "ann", "SRP_A", d.public().Text(16)))
		refused(first, wrong, badSession, greeting, wish("USERNAME", "bob"))
		for _, zero := range []string{"0", groupPrime.Text(16), "xyz"} {
			refused(first, "InvalidParameterException", "SRP_A is not an acceptable public value.", greeting, wish("SRP_A", zero))
		}
		for _, name := range []string{"USERNAME", "DEVICE_KEY", "SRP_A"} {
			refused(first, "InvalidParameterException", "Missing required parameter "+name, greeting, wish(name, ""))
		}
		foreign := *f
		foreign.client = f.everyFlow(t)
		_, err := foreign.answerTo(t, first, nil, greeting)
		wantFault(t, err, wrong, badSession)
		early := *first
		early.challenge = "DEVICE_PASSWORD_VERIFIER"
		refused(&early, wrong, badSession, d.named("USERNAME", "ann", "PASSWORD_CLAIM_SECRET_BLOCK", "AAAA", "PASSWORD_CLAIM_SIGNATURE", "AAAA", "TIMESTAMP", "now"))

		second := f.greets(t, d, first) // nothing of it spent the session
		refused(first, wrong, used, greeting)
		another := f.greets(t, d, f.byPassword(t, d))
		proof := d.proof(t, second.parameters)
		me := d.named("USERNAME", "ann")
		refused(second, wrong, wrongLogin, me, d.proof(t, another.parameters)) // of another handshake
		refused(second, wrong, badSession, me, proof, wish("USERNAME", "bob"))
		refused(second, gone, noDevice, me, proof, other.named())
		thief := &device{newProver(d.group, d.name, "guess"), d.key}
		thief.ephemeral = d.ephemeral
		for range 2 { // a wrong proof leaves the step
			refused(second, wrong, wrongLogin, me, thief.proof(t, second.parameters))
		}
		refused(second, wrong, wrongLogin, me, proof, wish("TIMESTAMP", "Tue May 5 07:08:10 UTC 2026"))
		f.wantOn(t, d, did(f.answerTo(t, second, nil, me, proof))(t))
		refused(second, wrong, used, me, proof)

		// Guesses are counted, and end in a lock that the right proof does not open.
		guessed := f.greets(t, d, f.byPassword(t, d))
		for range 5 {
			refused(guessed, wrong, wrongLogin, me, thief.proof(t, guessed.parameters))
		}
		refused(guessed, wrong, "Password attempts exceeded", me, d.proof(t, guessed.parameters))
		c.advance(2 * time.Second)
		f.wantOn(t, d, did(f.answerTo(t, guessed, nil, me, d.proof(t, guessed.parameters)))(t))

		late, later := f.byPassword(t, d), f.greets(t, d, f.byPassword(t, d))
		c.advance(3 * time.Minute)
		refused(late, wrong, expired, greeting)
		refused(later, wrong, expired, me, d.proof(t, later.parameters))
		ended := f.greets(t, d, f.byPassword(t, d))
		noError(t, userCalls["AdminUserGlobalSignOut"](t.Context(), e.Client, &f.pool, aws.String("ann")))
		refused(ended, wrong, badSession, me, d.proof(t, ended.parameters))
	})
}
