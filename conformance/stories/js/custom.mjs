// Sign-ins whose challenges functions make, with the password before them and without,
// by amazon-cognito-identity-js and AWS Amplify.

import assert from "node:assert/strict";
import * as identity from "amazon-cognito-identity-js";
import * as auth from "aws-amplify/auth";
import { password, setting, signIn, step } from "./common.mjs";

const riddle = process.env.RIDDLE_FUNCTION;
const place = await setting(
  { LambdaConfig: { DefineAuthChallenge: riddle, CreateAuthChallenge: riddle, VerifyAuthChallengeResponse: riddle } },
  { ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
);
await place.addUser("ada");
const refusal = { name: "NotAuthorizedException", message: "Incorrect username or password." };

// ---- amazon-cognito-identity-js ----

function begin(withPassword, secret = password) {
  const ada = place.user("ada");
  ada.setAuthenticationFlowType("CUSTOM_AUTH");
  const details = new identity.AuthenticationDetails({ Username: "ada" });
  return { ada, first: withPassword ? signIn(ada, secret) : step((on) => ada.initiateAuth(details, on)) };
}
for (const withPassword of [false, true]) {
  const { ada, first } = begin(withPassword);
  const asked = await first;
  assert.deepEqual([asked.name, asked.values[0].riddle], ["customChallenge", "six times seven"]);
  assert.equal((await step((on) => ada.sendCustomChallengeAnswer("41", on))).name, "customChallenge");
  const last = await step((on) => ada.sendCustomChallengeAnswer("42", on));
  assert.equal(last.name, "onSuccess");
  assert.equal(last.values[0].getIdToken().payload["cognito:username"], "ada");
}
await assert.rejects(begin(true, "Wrong-Horse-7").first, refusal);
const { ada, first } = begin(false);
await first;
for (const guess of ["1", "2"]) await step((on) => ada.sendCustomChallengeAnswer(guess, on));
await assert.rejects(step((on) => ada.sendCustomChallengeAnswer("3", on)), refusal);
console.log("amazon-cognito-identity-js answers custom challenges");

// ---- AWS Amplify ----

place.amplify();
for (const options of [{ authFlowType: "CUSTOM_WITHOUT_SRP" }, { authFlowType: "CUSTOM_WITH_SRP" }]) {
  const input = { username: "ada", options };
  if (options.authFlowType === "CUSTOM_WITH_SRP") input.password = password;
  let out = await auth.signIn(input);
  assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.equal(out.nextStep.additionalInfo.riddle, "six times seven");
  out = await auth.confirmSignIn({ challengeResponse: "no idea" });
  assert.equal(out.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  out = await auth.confirmSignIn({ challengeResponse: "42" });
  assert.equal(out.isSignedIn, true);
  await auth.signOut();
}
await assert.rejects(auth.signIn({ username: "ada", password: "Wrong-Horse-7", options: { authFlowType: "CUSTOM_WITH_SRP" } }), refusal);
console.log("AWS Amplify answers custom challenges");
