// The story of two users, told with the AWS SDK for JavaScript v3.

import assert from "node:assert/strict";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";

const password = "Correct-Horse-7";
const adaOld = "ada@home.example";
const adaNew = "ada@work.example";
const bobOwn = "bob@home.example";

const idp = new cognito.CognitoIdentityProvider({});

const attributes = (values) => Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
const delivery = (masked) => ({ Destination: masked, DeliveryMedium: "EMAIL", AttributeName: "email" });
const withoutMetadata = ({ $metadata, ...rest }) => rest;

// mailedCode returns the code in the newest message to an address.
async function mailedCode(to) {
  const answer = await fetch(`${process.env.AWS_ENDPOINT_URL}/_poolhouse/inbox.json?to=${encodeURIComponent(to)}`);
  assert.equal(answer.status, 200);
  const { messages } = await answer.json();
  return messages[0].code;
}

// refused wants the call to end with this very exception, as the SDK's own type.
async function refused(exception, message, call) {
  const error = await call.then(
    () => assert.fail(`the call succeeded, want ${exception}`),
    (reason) => reason,
  );
  assert.deepEqual([error.name, error.message], [exception, message]);
  assert.ok(error instanceof cognito[exception], `${exception} is not of the SDK's type`);
  assert.equal(error.$metadata.httpStatusCode, 400);
}

async function createClient() {
  const { UserPool: pool } = await idp.createUserPool({
    PoolName: "story",
    AliasAttributes: ["email"],
    AutoVerifiedAttributes: ["email"],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
    Schema: [{ Name: "team", AttributeDataType: "String", Mutable: true }],
  });
  assert.deepEqual(pool.AliasAttributes, ["email"]);
  assert.ok(pool.SchemaAttributes.some((a) => a.Name === "custom:team"));
  assert.ok(pool.CreationDate instanceof Date);
  const { UserPoolClient: client } = await idp.createUserPoolClient({
    UserPoolId: pool.Id,
    ClientName: "web",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  assert.equal(client.UserPoolId, pool.Id);
  return client.ClientId;
}

const ClientId = await createClient();

async function signUp(Username, email, masked) {
  const out = await idp.signUp({ ClientId, Username, Password: password, UserAttributes: attributes({ email }) });
  assert.equal(out.UserConfirmed, false);
  assert.deepEqual(out.CodeDeliveryDetails, delivery(masked));
  const confirmed = await idp.confirmSignUp({ ClientId, Username, ConfirmationCode: await mailedCode(email) });
  assert.deepEqual(withoutMetadata(confirmed), {});
}

const passwordSignIn = (name) =>
  idp.initiateAuth({
    ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: name, PASSWORD: password },
  });

async function signIn(name) {
  const { AuthenticationResult: result } = await passwordSignIn(name);
  assert.deepEqual(Object.keys(result).sort(), ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]);
  assert.deepEqual([result.ExpiresIn, result.TokenType], [3600, "Bearer"]);
  return result.AccessToken;
}

const noSignIn = (name) => refused("UserNotFoundException", "User does not exist.", passwordSignIn(name));

async function askFor(AccessToken, email, masked) {
  const out = await idp.updateUserAttributes({ AccessToken, UserAttributes: attributes({ email }) });
  assert.deepEqual(withoutMetadata(out), { CodeDeliveryDetailsList: [delivery(masked)] });
}

async function has(AccessToken, want) {
  const { UserAttributes } = await idp.getUser({ AccessToken });
  const got = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
  for (const [name, value] of Object.entries(want)) assert.equal(got[name], value, name);
}

// forge changes the payload of a token beneath the old signature.
function forge(token) {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url"));
  const changed = Buffer.from(JSON.stringify({ ...claims, username: "bob" })).toString("base64url");
  return [header, changed, signature].join(".");
}

await signUp("ada", adaOld, "a***@h***");
const ada = await signIn(adaOld);
const changed = await idp.updateUserAttributes({
  AccessToken: ada,
  UserAttributes: attributes({ name: "Ada Lovelace", "custom:team": "engines" }),
});
assert.deepEqual(withoutMetadata(changed), { CodeDeliveryDetailsList: [] });
await has(ada, { name: "Ada Lovelace", "custom:team": "engines", email: adaOld, email_verified: "true" });

await askFor(ada, adaNew, "a***@w***");
await has(ada, { email: adaOld, email_verified: "true" });
await signIn(adaOld);
await noSignIn(adaNew);

const verified = await idp.verifyUserAttribute({ AccessToken: ada, AttributeName: "email", Code: await mailedCode(adaNew) });
assert.deepEqual(withoutMetadata(verified), {});
await has(ada, { email: adaNew, email_verified: "true" });
await signIn(adaNew);
await noSignIn(adaOld);

await signUp("bob", bobOwn, "b***@h***");
const bob = await signIn("bob");
await askFor(bob, adaNew, "a***@w***");
await refused(
  "AliasExistsException",
  "An account with the given email already exists.",
  idp.verifyUserAttribute({ AccessToken: bob, AttributeName: "email", Code: await mailedCode(adaNew) }),
);
await has(bob, { email: bobOwn, email_verified: "true" });

await refused(
  "NotAuthorizedException",
  "Could not verify signature for Access Token",
  idp.getUser({ AccessToken: forge(ada) }),
);

console.log(`the AWS SDK for JavaScript told the story on Node ${process.version}`);
