// Sign-in without sending the password, by the libraries that apps use:
// amazon-cognito-identity-js and AWS Amplify. Both do so unless told otherwise.

import assert from "node:assert/strict";
import * as identity from "amazon-cognito-identity-js";
import * as auth from "aws-amplify/auth";
import { password, sent, setting, signIn, step, temporary } from "./common.mjs";

const place = await setting({ AliasAttributes: ["email"] });
await place.addUser("ada");
await place.addUser("bob", { own: false });
await place.addUser("cyd", { own: false });

// ---- amazon-cognito-identity-js ----

const promised = (call) => new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
const attribute = (Name, Value) => new identity.CognitoUserAttribute({ Name, Value });
const attributes = async (user) => Object.fromEntries((await promised((done) => user.getUserAttributes(done))).map((a) => [a.getName(), a.getValue()]));

for (const name of ["ada", "ada@home.example"]) {
  const ada = place.user(name);
  const [session] = (await signIn(ada, password)).values;
  assert.equal(session.getIdToken().payload["cognito:username"], "ada");
  await promised((done) => ada.updateAttributes([attribute("name", `Ada by ${name}`)], done));
  assert.equal((await attributes(ada)).name, `Ada by ${name}`);
  await promised((done) => ada.refreshSession(session.getRefreshToken(), done));
  await promised((done) => ada.changePassword(password, password, done));
  await promised((done) => ada.globalSignOut({ onSuccess: () => done(null), onFailure: done }));
}
await assert.rejects(signIn(place.user("ada"), "Wrong-Horse-7"), { name: "NotAuthorizedException", message: "Incorrect username or password." });
await assert.rejects(signIn(place.user("nobody"), password), { name: "UserNotFoundException", message: "User does not exist." });

// A changed address is not verified before its code came back, the code that was sent
// with the change or one that was asked for.
const ada = place.user("ada");
await signIn(ada, password);
for (const [email, ask] of [["ada@work.example", false], ["ada@club.example", true]]) {
  await promised((done) => ada.updateAttributes([attribute("email", email)], done));
  assert.equal((await attributes(ada)).email_verified, "false");
  if (ask) {
    const asked = await new Promise((inputVerificationCode, onFailure) => ada.getAttributeVerificationCode("email", { inputVerificationCode, onFailure }));
    assert.equal(asked.CodeDeliveryDetails.Destination, "a***@c***");
  }
  await assert.rejects(step((on) => ada.verifyAttribute("email", "0", on)), { name: "CodeMismatchException" });
  const code = await sent(email);
  assert.equal((await step((on) => ada.verifyAttribute("email", code, on))).values[0], "SUCCESS");
  const now = await attributes(ada);
  assert.deepEqual([now.email, now.email_verified], [email, "true"]);
}

const bob = place.user("bob");
const { name, values } = await signIn(bob, temporary);
assert.equal(name, "newPasswordRequired");
assert.deepEqual(values[1], []);
assert.equal((await step((on) => bob.completeNewPasswordChallenge(password, {}, on))).name, "onSuccess");
assert.ok((await signIn(place.user("bob"), password)).values[0].isValid());
console.log("amazon-cognito-identity-js signs in");

// ---- AWS Amplify ----

place.amplify();
let out = await auth.signIn({ username: "cyd", password: temporary });
assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
out = await auth.confirmSignIn({ challengeResponse: password });
assert.equal(out.isSignedIn, true);
await auth.signOut();

out = await auth.signIn({ username: "cyd@home.example", password });
assert.equal(out.isSignedIn, true);
assert.equal((await auth.getCurrentUser()).username, "cyd");
const updated = await auth.updateUserAttributes({ userAttributes: { name: "Cyd", email: "cyd@work.example" } });
assert.equal(updated.name.isUpdated, true);
assert.equal(updated.email.nextStep.updateAttributeStep, "CONFIRM_ATTRIBUTE_WITH_CODE");
await auth.confirmUserAttribute({ userAttributeKey: "email", confirmationCode: await sent("cyd@work.example") });
const shown = await auth.fetchUserAttributes();
assert.deepEqual([shown.name, shown.email, shown.email_verified], ["Cyd", "cyd@work.example", "true"]);
const before = (await auth.fetchAuthSession()).tokens.accessToken.toString();
const after = (await auth.fetchAuthSession({ forceRefresh: true })).tokens.accessToken.toString();
assert.notEqual(before, after);
await auth.updatePassword({ oldPassword: password, newPassword: "Another-Horse-7" });
await auth.signOut({ global: true });
await assert.rejects(auth.signIn({ username: "cyd", password: "Wrong-Horse-7" }), { name: "NotAuthorizedException" });
console.log("AWS Amplify signs in");
