// What the stories of amazon-cognito-identity-js and AWS Amplify share.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import * as identity from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";

export const endpoint = process.env.AWS_ENDPOINT_URL;
export const password = "Correct-Horse-7";
export const temporary = "Temporary-Horse-7";
export const idp = new cognito.CognitoIdentityProvider({});

// sent returns the code in the newest message to an address or a number.
export async function sent(to) {
  const answer = await fetch(`${endpoint}/_poolhouse/inbox.json?to=${encodeURIComponent(to)}`);
  assert.equal(answer.status, 200);
  const { messages } = await answer.json();
  return messages[0].code;
}

// setting makes a pool with a client for apps.
export async function setting(pool, client = {}) {
  const { UserPool } = await idp.createUserPool({ PoolName: "story", AutoVerifiedAttributes: ["email"], ...pool });
  const { UserPoolClient } = await idp.createUserPoolClient({ UserPoolId: UserPool.Id, ClientName: "app", ...client });
  return new Setting(UserPool.Id, UserPoolClient.ClientId);
}

class Setting {
  constructor(pool, client) {
    this.pool = pool;
    this.client = client;
  }

  // addUser makes a user whose addresses are verified, with a password of their own
  // or a temporary one.
  async addUser(Username, { own = true, ...values } = {}) {
    const all = { email: `${Username}@home.example`, email_verified: "true", ...values };
    const UserAttributes = Object.entries(all).map(([Name, Value]) => ({ Name, Value }));
    await idp.adminCreateUser({ UserPoolId: this.pool, Username, UserAttributes, TemporaryPassword: temporary, MessageAction: "SUPPRESS" });
    if (own) await idp.adminSetUserPassword({ UserPoolId: this.pool, Username, Password: password, Permanent: true });
  }

  // user is somebody for amazon-cognito-identity-js.
  user(Username) {
    const Pool = new identity.CognitoUserPool({ UserPoolId: this.pool, ClientId: this.client, endpoint });
    return new identity.CognitoUser({ Username, Pool });
  }

  // amplify has AWS Amplify use the pool.
  amplify() {
    Amplify.configure({ Auth: { Cognito: { userPoolId: this.pool, userPoolClientId: this.client, userPoolEndpoint: endpoint } } });
  }
}

// step makes a call of amazon-cognito-identity-js and tells which of its callbacks it
// ended in, and with what.
export function step(call) {
  return new Promise((resolve, reject) => {
    const ended = (name) => (...values) => resolve({ name, values });
    const names = ["onSuccess", "mfaRequired", "totpRequired", "selectMFAType", "mfaSetup", "newPasswordRequired", "customChallenge", "associateSecretCode"];
    call({ onFailure: reject, ...Object.fromEntries(names.map((name) => [name, ended(name)])) });
  });
}

// signIn begins a sign-in of amazon-cognito-identity-js.
export const signIn = (user, Password) =>
  step((on) => user.authenticateUser(new identity.AuthenticationDetails({ Username: user.getUsername(), Password }), on));

// Authenticator shows the codes of a software token, each period's once.
export class Authenticator {
  #secret;
  #last = 0;

  constructor(text) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const bits = [...text].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
    this.#secret = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  }

  // code begins with the period before the present one, so that the next one is not
  // the only other that is left; shortly before a period ends, with the present one.
  code() {
    this.#last = Math.max(this.#last + 1, Math.floor((Date.now() / 1000 + 5) / 30) - 1);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.#last));
    const hash = createHmac("sha1", this.#secret).update(counter).digest();
    const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
    return String(number % 1e6).padStart(6, "0");
  }
}
