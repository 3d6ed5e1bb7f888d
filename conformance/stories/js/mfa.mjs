// Second factors and codes as first ones, by amazon-cognito-identity-js and AWS Amplify.

import assert from "node:assert/strict";
import * as auth from "aws-amplify/auth";
import { Authenticator, idp, password, sent, setting, signIn, step, temporary } from "./common.mjs";

const SmsConfiguration = { SnsCallerArn: "arn:aws:iam::000000000000:role/sns", ExternalId: "x" };
const withMFA = (place, MfaConfiguration) =>
  idp.setUserPoolMfaConfig({
    UserPoolId: place.pool,
    MfaConfiguration,
    SmsMfaConfiguration: { SmsConfiguration },
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });

// ---- amazon-cognito-identity-js, where a second factor is a choice ----

const optional = await setting({ SmsConfiguration });
await withMFA(optional, "OPTIONAL");
await optional.addUser("ada", { phone_number: "+15550100101", phone_number_verified: "true" });

let ada = optional.user("ada");
assert.equal((await signIn(ada, password)).name, "onSuccess");
const [secret] = (await step((on) => ada.associateSoftwareToken(on))).values;
let authenticator = new Authenticator(secret);
await assert.rejects(step((on) => ada.verifySoftwareToken("000000", "phone", on)), { name: "EnableSoftwareTokenMFAException" });
assert.equal((await step((on) => ada.verifySoftwareToken(authenticator.code(), "phone", on))).values[0].Status, "SUCCESS");
const prefer = (user, sms, totp) =>
  new Promise((done, fail) => user.setUserMfaPreference(sms, totp, (error, value) => (error ? fail(error) : done(value))));
const on = { Enabled: true, PreferredMfa: false };
assert.equal(await prefer(ada, on, on), "SUCCESS");

// Two factors, none preferred: the user chooses one.
ada = optional.user("ada");
let answer = await signIn(ada, password);
assert.equal(answer.name, "selectMFAType");
assert.deepEqual(JSON.parse(answer.values[1].MFAS_CAN_CHOOSE).sort(), ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]);
assert.equal((await step((on) => ada.sendMFASelectionAnswer("SMS_MFA", on))).name, "mfaRequired");
await assert.rejects(step((on) => ada.sendMFACode("000000", on)), { name: "CodeMismatchException" });
assert.equal((await step(async (on) => ada.sendMFACode(await sent("+15550100101"), on))).name, "onSuccess");

// A preferred one is asked for at once.
await prefer(ada, null, { Enabled: true, PreferredMfa: true });
ada = optional.user("ada");
answer = await signIn(ada, password);
assert.equal(answer.name, "totpRequired");
assert.equal((await step((on) => ada.sendMFACode(authenticator.code(), on, "SOFTWARE_TOKEN_MFA"))).name, "onSuccess");
const data = await new Promise((done, fail) => ada.getUserData((error, value) => (error ? fail(error) : done(value)), { bypassCache: true }));
assert.deepEqual([data.PreferredMfaSetting, data.UserMFASettingList.sort()], ["SOFTWARE_TOKEN_MFA", ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]]);

// ---- ... where it is a duty: set up on the way, after a new password ----

const strict = await setting({});
await idp.setUserPoolMfaConfig({ UserPoolId: strict.pool, MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } });
await strict.addUser("bob", { own: false });

let bob = strict.user("bob");
assert.equal((await signIn(bob, temporary)).name, "newPasswordRequired");
answer = await step((on) => bob.completeNewPasswordChallenge(password, {}, on));
assert.equal(answer.name, "mfaSetup");
assert.deepEqual(JSON.parse(answer.values[1].MFAS_CAN_SETUP), ["SOFTWARE_TOKEN_MFA"]);
authenticator = new Authenticator((await step((on) => bob.associateSoftwareToken(on))).values[0]);
assert.equal((await step((on) => bob.verifySoftwareToken(authenticator.code(), "phone", on))).name, "onSuccess");
bob = strict.user("bob");
assert.equal((await signIn(bob, password)).name, "totpRequired");
assert.equal((await step((on) => bob.sendMFACode(authenticator.code(), on, "SOFTWARE_TOKEN_MFA"))).name, "onSuccess");
console.log("amazon-cognito-identity-js signs in with second factors");

// ---- AWS Amplify ----

await optional.addUser("cyd");
optional.amplify();
let out = await auth.signIn({ username: "cyd", password });
assert.equal(out.isSignedIn, true);
const setup = await auth.setUpTOTP();
assert.match(setup.getSetupUri("app").href, /^otpauth:\/\/totp\//);
authenticator = new Authenticator(setup.sharedSecret);
await auth.verifyTOTPSetup({ code: authenticator.code() });
await auth.updateMFAPreference({ totp: "PREFERRED" });
assert.deepEqual(await auth.fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
await auth.signOut();
out = await auth.signIn({ username: "cyd", password });
assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
await assert.rejects(auth.confirmSignIn({ challengeResponse: "000000" }), { name: "CodeMismatchException" });
out = await auth.confirmSignIn({ challengeResponse: authenticator.code() });
assert.equal(out.isSignedIn, true);
await auth.signOut();

await strict.addUser("dan", { own: false });
strict.amplify();
out = await auth.signIn({ username: "dan", password: temporary });
assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
out = await auth.confirmSignIn({ challengeResponse: password });
assert.equal(out.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
authenticator = new Authenticator(out.nextStep.totpSetupDetails.sharedSecret);
out = await auth.confirmSignIn({ challengeResponse: authenticator.code() });
assert.equal(out.isSignedIn, true);
await auth.signOut();

// A code by e-mail instead of a password, and a sign-in right after the confirmation.
const codes = await setting(
  { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } },
  { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
);
await codes.addUser("eve");
codes.amplify();
const byCode = { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" };
out = await auth.signIn({ username: "eve", options: byCode });
assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
assert.equal(out.nextStep.codeDeliveryDetails.destination, "e***@h***");
out = await auth.confirmSignIn({ challengeResponse: await sent("eve@home.example") });
assert.equal(out.isSignedIn, true);
await auth.signOut();
out = await auth.signIn({ username: "eve", options: { authFlowType: "USER_AUTH" } });
assert.equal(out.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
assert.deepEqual([...out.nextStep.availableChallenges].sort(), ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]);
out = await auth.confirmSignIn({ challengeResponse: "PASSWORD_SRP" });
assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_PASSWORD");
out = await auth.confirmSignIn({ challengeResponse: password });
assert.equal(out.isSignedIn, true);
await auth.signOut();

// Once only: the library leaves a second automatic sign-in within a moment unanswered.
const signedUp = await auth.signUp({
  username: "fay",
  password,
  options: { userAttributes: { email: "fay@home.example" }, autoSignIn: { authFlowType: "USER_AUTH" } },
});
assert.equal(signedUp.nextStep.signUpStep, "CONFIRM_SIGN_UP");
const confirmed = await auth.confirmSignUp({ username: "fay", confirmationCode: await sent("fay@home.example") });
assert.equal(confirmed.nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
out = await auth.autoSignIn();
assert.equal(out.isSignedIn, true);
assert.equal((await auth.getCurrentUser()).username, "fay");
await auth.signOut();
console.log("AWS Amplify signs in with second factors and codes");
process.exit(); // the automatic sign-in keeps a timer for minutes
