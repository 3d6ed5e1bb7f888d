// Remembered devices, by amazon-cognito-identity-js and AWS Amplify: one proves what it
// is instead of a second factor.

import assert from "node:assert/strict";
import * as auth from "aws-amplify/auth";
import { Authenticator, idp, password, setting, signIn, step } from "./common.mjs";

const place = await setting({ DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } });
await idp.setUserPoolMfaConfig({ UserPoolId: place.pool, MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true } });
const devicesOf = async (Username) => (await idp.adminListDevices({ UserPoolId: place.pool, Username })).Devices;

// ---- amazon-cognito-identity-js ----

await place.addUser("ada");
let ada = place.user("ada");
let answer = await signIn(ada, password);
assert.deepEqual([answer.name, answer.values[1]], ["onSuccess", true]); // the user is to be asked
assert.equal((await step((on) => ada.setDeviceStatusRemembered(on))).values[0], "SUCCESS");
const [device] = await devicesOf("ada");
assert.match(device.DeviceKey, /^us-east-1_[0-9a-f-]{36}$/);
const authenticator = new Authenticator((await step((on) => ada.associateSoftwareToken(on))).values[0]);
await step((on) => ada.verifySoftwareToken(authenticator.code(), "phone", on));
await new Promise((done, fail) => ada.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, (error) => (error ? fail(error) : done())));

// The device is known, so that no code is asked for, time and again.
for (let i = 0; i < 2; i++) {
  ada = place.user("ada");
  answer = await signIn(ada, password);
  assert.equal(answer.name, "onSuccess");
}
const refreshed = await new Promise((done, fail) =>
  ada.refreshSession(answer.values[0].getRefreshToken(), (error, session) => (error ? fail(error) : done(session))),
);
assert.ok(refreshed.isValid());
assert.equal(refreshed.getAccessToken().payload.device_key, device.DeviceKey);
assert.equal((await step((on) => ada.listDevices(10, null, on))).values[0].Devices.length, 1);
assert.equal((await step((on) => ada.getDevice(on))).values[0].Device.DeviceKey, device.DeviceKey);

// A device that is not remembered, and one that is forgotten, need the code.
assert.equal((await step((on) => ada.setDeviceStatusNotRemembered(on))).values[0], "SUCCESS");
ada = place.user("ada");
assert.equal((await signIn(ada, password)).name, "totpRequired");
assert.equal((await step((on) => ada.sendMFACode(authenticator.code(), on, "SOFTWARE_TOKEN_MFA"))).name, "onSuccess");
assert.equal((await step((on) => ada.forgetDevice(on))).values[0], "SUCCESS");
ada = place.user("ada");
assert.equal((await signIn(ada, password)).name, "totpRequired");
console.log("amazon-cognito-identity-js remembers devices");

// ---- AWS Amplify, which names a device by its browser and has it confirmed only so ----

globalThis.navigator ??= { userAgent: "story" }; // as Node.js itself has it from version 21 on
await place.addUser("bob");
place.amplify();
assert.equal((await auth.signIn({ username: "bob", password })).isSignedIn, true);
await auth.rememberDevice();
const devices = await auth.fetchDevices();
assert.deepEqual(devices.map((d) => d.id), (await devicesOf("bob")).map((d) => d.DeviceKey));
const setup = await auth.setUpTOTP();
const bobs = new Authenticator(setup.sharedSecret);
await auth.verifyTOTPSetup({ code: bobs.code() });
await auth.updateMFAPreference({ totp: "PREFERRED" });
await auth.signOut();

for (let i = 0; i < 2; i++) {
  assert.equal((await auth.signIn({ username: "bob", password })).isSignedIn, true);
  const { tokens } = await auth.fetchAuthSession({ forceRefresh: true });
  assert.equal(tokens.accessToken.payload.device_key, devices[0].id);
  if (i === 0) await auth.signOut();
}
await auth.forgetDevice();
assert.deepEqual(await devicesOf("bob"), []);
await auth.signOut();
assert.equal((await auth.signIn({ username: "bob", password })).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
assert.equal((await auth.confirmSignIn({ challengeResponse: bobs.code() })).isSignedIn, true);
assert.equal((await auth.fetchDevices()).length, 1); // a new one
console.log("AWS Amplify remembers devices");
