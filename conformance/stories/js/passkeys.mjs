// Passkeys, by AWS Amplify: made, listed, used to sign in, deleted.

import assert from "node:assert/strict";
import * as auth from "aws-amplify/auth";
import { open } from "./authenticator.mjs";
import { idp, password, setting } from "./common.mjs";

const site = "shop.example";
const place = await setting(
  { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } } },
  { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
);
await idp.setUserPoolMfaConfig({ UserPoolId: place.pool, MfaConfiguration: "OFF", WebAuthnConfiguration: { RelyingPartyId: site } });
await place.addUser("ada");
await place.addUser("bob");
place.amplify();
open(`https://www.${site}`);
const byPasskey = { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" };

assert.equal((await auth.signIn({ username: "ada", password })).isSignedIn, true);
await auth.associateWebAuthnCredential();
await assert.rejects(auth.associateWebAuthnCredential(), { name: "PasskeyAlreadyExists" });
const { credentials } = await auth.listWebAuthnCredentials();
assert.equal(credentials.length, 1);
assert.equal(credentials[0].relyingPartyId, site);
assert.deepEqual(credentials[0].authenticatorTransports, ["internal"]);
await auth.signOut();

for (const _ of ["first", "second"]) {
  const out = await auth.signIn({ username: "ada", options: byPasskey });
  assert.equal(out.isSignedIn, true);
  assert.equal((await auth.getCurrentUser()).username, "ada");
  await auth.signOut();
}

// Without a preference the user is asked, and may still take the passkey.
let out = await auth.signIn({ username: "ada", options: { authFlowType: "USER_AUTH" } });
assert.equal(out.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
assert.ok(out.nextStep.availableChallenges.includes("WEB_AUTHN"));
out = await auth.confirmSignIn({ challengeResponse: "WEB_AUTHN" });
assert.equal(out.isSignedIn, true);

await auth.deleteWebAuthnCredential({ credentialId: credentials[0].credentialId });
assert.deepEqual((await auth.listWebAuthnCredentials()).credentials, []);
await auth.signOut();
out = await auth.signIn({ username: "ada", options: byPasskey });
assert.equal(out.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
assert.ok(!out.nextStep.availableChallenges.includes("WEB_AUTHN"));

// A page of another site is refused by the server, whatever the browser lets it do.
await auth.signOut();
assert.equal((await auth.signIn({ username: "bob", password })).isSignedIn, true);
open("https://shop.example.evil.example");
await assert.rejects(auth.associateWebAuthnCredential(), { name: "WebAuthnOriginNotAllowedException" });
assert.deepEqual((await auth.listWebAuthnCredentials()).credentials, []);
await auth.signOut();
console.log("AWS Amplify signs in with passkeys");
