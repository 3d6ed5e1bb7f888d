// Derives the keys of SRP handshakes as amazon-cognito-identity-js does, for the server's
// own half to be held against: one handshake as JSON a line, one key a line back.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const AuthenticationHelper = require("amazon-cognito-identity-js/lib/AuthenticationHelper").default;
const BigInteger = require("amazon-cognito-identity-js/lib/BigInteger").default;

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  const helper = new AuthenticationHelper(c.pool);
  helper.smallAValue = new BigInteger(c.a, 16);
  helper.largeAValue = undefined; // that of a random secret, from the constructor
  const A = await new Promise((resolve, reject) => helper.getLargeAValue((error, value) => (error ? reject(error) : resolve(value))));
  const key = await new Promise((resolve, reject) =>
    helper.getPasswordAuthenticationKey(c.username, c.password, new BigInteger(c.B, 16), new BigInteger(c.salt, 16), (error, hkdf) => (error ? reject(error) : resolve(hkdf))),
  );
  console.log(JSON.stringify({ A: A.toString(16), key: Buffer.from(key).toString("hex") }));
}
