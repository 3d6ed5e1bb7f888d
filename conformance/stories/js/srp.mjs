// Sign-in without sending the password, by the libraries that apps use:
// amazon-cognito-identity-js and AWS Amplify. Both do so unless told otherwise.

import assert from "node:assert/strict";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import * as identity from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";

const endpoint = process.env.AWS_ENDPOINT_URL;
const password = "Correct-Horse-7";
const temporary = "Temporary-Horse-7";
const idp = new cognito.CognitoIdentityProvider({});

const { UserPool: pool } = await idp.createUserPool({ PoolName: "srp", AliasAttributes: ["email"] });
const { UserPoolClient: client } = await idp.createUserPoolClient({ UserPoolId: pool.Id, ClientName: "app" });

async function addUser(Username, { own, email }) {
  const UserAttributes = [
    { Name: "email", Value: email },
    { Name: "email_verified", Value: "true" },
  ];
  await idp.adminCreateUser({ UserPoolId: pool.Id, Username, UserAttributes, TemporaryPassword: temporary, MessageAction: "SUPPRESS" });
  if (own) await idp.adminSetUserPassword({ UserPoolId: pool.Id, Username, Password: password, Permanent: true });
}
await addUser("ada", { own: true, email: "ada@home.example" });
await addUser("bob", { own: false, email: "bob@home.example" });
await addUser("cyd", { own: false, email: "cyd@home.example" });

// ---- amazon-cognito-identity-js ----

const userPool = new identity.CognitoUserPool({ UserPoolId: pool.Id, ClientId: client.ClientId, endpoint });
const userOf = (Username) => new identity.CognitoUser({ Username, Pool: userPool });

// signIn tells what the library calls back with.
function signIn(user, Password) {
  const details = new identity.AuthenticationDetails({ Username: user.getUsername(), Password });
  return new Promise((resolve, reject) => {
    user.authenticateUser(details, {
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      newPasswordRequired: (attributes, required) => resolve({ attributes, required }),
    });
  });
}

const promised = (call) => new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
const nameOf = (list) => list.find((a) => a.getName() === "name")?.getValue();

for (const name of ["ada", "ada@home.example"]) {
  const ada = userOf(name);
  const { session } = await signIn(ada, password);
  assert.equal(session.getIdToken().payload["cognito:username"], "ada");
  const change = [new identity.CognitoUserAttribute({ Name: "name", Value: `Ada by ${name}` })];
  await promised((done) => ada.updateAttributes(change, done));
  assert.equal(nameOf(await promised((done) => ada.getUserAttributes(done))), `Ada by ${name}`);
  await promised((done) => ada.refreshSession(session.getRefreshToken(), done));
  await promised((done) => ada.changePassword(password, password, done));
  await promised((done) => ada.globalSignOut({ onSuccess: () => done(null), onFailure: done }));
}
await assert.rejects(signIn(userOf("ada"), "Wrong-Horse-7"), { name: "NotAuthorizedException", message: "Incorrect username or password." });
await assert.rejects(signIn(userOf("nobody"), password), { name: "UserNotFoundException", message: "User does not exist." });

const bob = userOf("bob");
const { required, session: early } = await signIn(bob, temporary);
assert.deepEqual([required, early], [[], undefined]);
await new Promise((onSuccess, onFailure) => bob.completeNewPasswordChallenge(password, {}, { onSuccess, onFailure }));
assert.ok((await signIn(userOf("bob"), password)).session.isValid());
console.log("amazon-cognito-identity-js signs in");

// ---- AWS Amplify ----

Amplify.configure({ Auth: { Cognito: { userPoolId: pool.Id, userPoolClientId: client.ClientId, userPoolEndpoint: endpoint } } });

let step = await auth.signIn({ username: "cyd", password: temporary });
assert.equal(step.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
step = await auth.confirmSignIn({ challengeResponse: password });
assert.equal(step.isSignedIn, true);
await auth.signOut();

step = await auth.signIn({ username: "cyd@home.example", password });
assert.equal(step.isSignedIn, true);
assert.equal((await auth.getCurrentUser()).username, "cyd");
const updated = await auth.updateUserAttributes({ userAttributes: { name: "Cyd" } });
assert.equal(updated.name.isUpdated, true);
assert.equal((await auth.fetchUserAttributes()).name, "Cyd");
const before = (await auth.fetchAuthSession()).tokens.accessToken.toString();
const after = (await auth.fetchAuthSession({ forceRefresh: true })).tokens.accessToken.toString();
assert.notEqual(before, after);
await auth.updatePassword({ oldPassword: password, newPassword: "Another-Horse-7" });
await auth.signOut({ global: true });
await assert.rejects(auth.signIn({ username: "cyd", password: "Wrong-Horse-7" }), { name: "NotAuthorizedException" });
console.log("AWS Amplify signs in");
