// A browser's part in passkeys, for libraries that look for a browser: one page of one
// site, and one authenticator that knows its user. It keeps its keys in memory, signs by
// ES256 and attests nothing (Web Authentication Level 2, sections 6.1 and 8.7).

import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

class PublicKeyCredential {}
class AuthenticatorAttestationResponse {}
class AuthenticatorAssertionResponse {}

// open has the program be a page of the origin.
export function open(origin) {
  const credentials = new Credentials(origin);
  const globals = { PublicKeyCredential, AuthenticatorAttestationResponse, AuthenticatorAssertionResponse, navigator: { credentials } };
  globals.window = { document: {}, isSecureContext: true, PublicKeyCredential };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
}

class Credentials {
  #origin;
  #keys = new Map();

  constructor(origin) {
    this.#origin = origin;
  }

  // create makes a passkey as options want it.
  async create({ publicKey: options }) {
    if (!options.pubKeyCredParams.some((p) => p.alg === -7)) throw named("NotSupportedError");
    if (options.excludeCredentials.some((c) => this.#keys.has(text(c.id)))) throw named("InvalidStateError");
    const id = randomBytes(16);
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const site = options.rp.id;
    const key = { site, privateKey, count: 0, user: options.user.id };
    this.#keys.set(text(id), key);
    const { x, y } = publicKey.export({ format: "jwk" });
    const cose = Buffer.concat([Buffer.from("a5010203262001215820", "hex"), Buffer.from(x, "base64url"), Buffer.from("225820", "hex"), Buffer.from(y, "base64url")]);
    const data = Buffer.concat([head(key, 0x45), Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
    const attested = Buffer.concat([item("fmt"), item("none"), item("attStmt"), Buffer.from([0xa0]), item("authData"), Buffer.from([0x58, data.length]), data]);
    const response = Object.assign(new AuthenticatorAttestationResponse(), {
      clientDataJSON: this.#client("webauthn.create", options.challenge),
      attestationObject: bytes(Buffer.concat([Buffer.from([0xa3]), attested])),
      getTransports: () => ["internal"],
      getPublicKeyAlgorithm: () => -7,
      getAuthenticatorData: () => bytes(data),
      getPublicKey: () => bytes(publicKey.export({ format: "der", type: "spki" })),
    });
    return credential(id, response);
  }

  // get uses a passkey that options allow.
  async get({ publicKey: options }) {
    const allowed = options.allowCredentials.map((c) => Buffer.from(c.id)).find((c) => this.#keys.get(text(c))?.site === options.rpId);
    if (!allowed) throw named("NotAllowedError");
    const key = this.#keys.get(text(allowed));
    key.count++;
    const data = head(key, 0x05);
    const clientDataJSON = this.#client("webauthn.get", options.challenge);
    const signed = Buffer.concat([data, createHash("sha256").update(Buffer.from(clientDataJSON)).digest()]);
    const signature = bytes(sign("sha256", signed, key.privateKey));
    const response = Object.assign(new AuthenticatorAssertionResponse(), { clientDataJSON, authenticatorData: bytes(data), signature, userHandle: key.user });
    return credential(allowed, response);
  }

  // client is what the browser itself says of a ceremony.
  #client(type, challenge) {
    return bytes(Buffer.from(JSON.stringify({ type, challenge: text(challenge), origin: this.#origin, crossOrigin: false })));
  }
}

// head is the site, what was seen of the user, and how often the key was used.
function head(key, flags) {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(key.count);
  return Buffer.concat([createHash("sha256").update(key.site).digest(), Buffer.from([flags]), count]);
}

function credential(id, response) {
  const values = { type: "public-key", id: text(id), rawId: bytes(id), response, authenticatorAttachment: "platform", getClientExtensionResults: () => ({}) };
  return Object.assign(new PublicKeyCredential(), values);
}

const named = (name) => Object.assign(new Error(name), { name });
const text = (value) => Buffer.from(value).toString("base64url");
const bytes = (value) => Uint8Array.from(value).buffer;
const item = (short) => Buffer.concat([Buffer.from([0x60 + short.length]), Buffer.from(short)]); // a text of CBOR
