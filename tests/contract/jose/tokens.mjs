// Holds bursar's access tokens against another implementation of JWT, both ways: what bursar signs must satisfy jose, what
// jose signs with bursar's keys must let in, and what RFC 8725 warns of must not. Then the same for an outside identity
// provider, which this script is.
//
//   BURSAR_URL=… BURSAR_API_KEY=… SIGNING_KEYS=FILE PROVIDER_PORT=N node tokens.mjs
//
// The server has to be started with BURSAR_SIGNING_KEYS=FILE, BURSAR_IDP_ISSUER=http://127.0.0.1:N and
// BURSAR_IDP_JWKS_URL=http://127.0.0.1:N/keys. Prints a line for each check; exit code 1 when one failed.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import * as jose from 'jose';

const { BURSAR_URL: url, BURSAR_API_KEY: apiKey, SIGNING_KEYS: keyFile, PROVIDER_PORT: port } = process.env;
let failed = 0;

function check(what, holds) {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) failed += 1;
}

async function call(method, path, credential, body) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  if (credential) headers.Authorization = `Bearer ${credential}`;
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : {} };
}

const letsIn = async (token) => (await call('GET', '/api/v1/me', token)).status === 200;
const refuses = async (token) => {
  const answer = await call('GET', '/api/v1/me', token);
  return answer.status === 401 && answer.body.error.code === 'UNAUTHENTICATED';
};

async function signIn() {
  const email = `${randomUUID()}@example.com`;
  const invited = await call('POST', '/api/v1/invitations', apiKey, { email, role: 'agent' });
  const accepted = await call('POST', '/api/v1/invitations/accept', null, {
    token: invited.body.data.token,
    name: 'Token check',
    password: randomUUID(),
  });
  return accepted.body.data;
}

const now = () => Math.floor(Date.now() / 1000);

// Every wrong way with a token that would be good otherwise.
async function refusals(who, good, key, publicKey, kid, algorithm) {
  const sign = (claims, header = {}, by = key) =>
    new jose.SignJWT({ ...good(), ...claims }).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(by);
  check(`${who}: jose's token lets in`, await letsIn(await sign({})));
  check(`${who}: expired`, await refuses(await sign({ exp: now() - 120 })));
  check(`${who}: without expiry`, await refuses(await sign({ exp: undefined })));
  check(`${who}: not yet valid`, await refuses(await sign({ nbf: now() + 300 })));
  check(`${who}: another audience`, await refuses(await sign({ aud: 'somebody else' })));
  check(`${who}: another issuer`, await refuses(await sign({ iss: 'somebody else' })));
  check(`${who}: an unknown kid`, await refuses(await sign({}, { kid: 'unknown' })));
  check(`${who}: no kid`, await refuses(await sign({}, { kid: undefined })));
  check(`${who}: critical extensions`, await refuses(await sign({}, { crit: ['b64'], b64: true })));

  const others = await jose.generateKeyPair(algorithm);
  check(`${who}: another key under the kid`, await refuses(await sign({}, {}, others.privateKey)));
  const swapped = algorithm === 'ES256' ? 'RS256' : 'ES256';
  const swappedKeys = await jose.generateKeyPair(swapped);
  check(`${who}: another algorithm under the kid`, await refuses(await sign({}, { alg: swapped }, swappedKeys.privateKey)));
  const secrets = [await jose.exportSPKI(publicKey), JSON.stringify(await jose.exportJWK(publicKey))];
  for (const secret of secrets) {
    const hmac = await sign({}, { alg: 'HS256' }, new TextEncoder().encode(secret));
    check(`${who}: the public key as a secret`, await refuses(hmac));
  }
  const encode = (value) => jose.base64url.encode(JSON.stringify(value));
  for (const alg of ['none', 'None', 'NONE'])
    check(`${who}: alg ${alg}`, await refuses(`${encode({ alg, kid })}.${encode(good())}.`));
}

async function ownTokens() {
  const tokens = await signIn();
  const keys = jose.createRemoteJWKSet(new URL('/.well-known/jwks.json', url));
  const { payload, protectedHeader } = await jose.jwtVerify(tokens.access_token, keys, {
    issuer: 'bursar',
    audience: 'bursar',
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['exp', 'nbf', 'iat', 'jti', 'sub'],
  });
  check('bursar: jose verifies its token by its JWKS', payload.sub === tokens.user_id);
  check('bursar: it lives for 15 minutes', payload.exp - payload.iat === 900);
  const published = await (await fetch(`${url}/.well-known/jwks.json`)).json();
  check('bursar: nothing private in the JWKS', published.keys.every((key) => !('d' in key) && key.use === 'sig'));

  const own = JSON.parse(readFileSync(keyFile, 'utf8')).keys.find((key) => key.kid === protectedHeader.kid);
  const privateKey = await jose.importJWK(own, 'ES256');
  const { d, signs_from, ...publicPart } = own;
  const publicKey = await jose.importJWK(publicPart, 'ES256', { extractable: true });
  await refusals('bursar', () => ({ ...payload }), privateKey, publicKey, own.kid, 'ES256');
}

async function providedTokens() {
  const me = await call('GET', '/api/v1/me', apiKey);
  const good = () => ({
    iss: `http://127.0.0.1:${port}`,
    aud: 'bursar',
    sub: 'somebody',
    org: me.body.data.organization_id,
    role: 'viewer',
    exp: now() + 600,
  });
  const keys = {};
  for (const algorithm of ['RS256', 'PS256', 'ES256', 'ES384'])
    keys[algorithm] = await jose.generateKeyPair(algorithm, { extractable: true });
  const published = [];
  for (const [alg, pair] of Object.entries(keys))
    published.push({ ...(await jose.exportJWK(pair.publicKey)), kid: `key-${alg}`, alg, use: 'sig' });
  const server = createServer((request, answer) => answer.end(JSON.stringify({ keys: published })));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  // The provider came up after bursar, which asks for unknown keys once in ten seconds.
  const first = () =>
    new jose.SignJWT(good()).setProtectedHeader({ alg: 'RS256', kid: 'key-RS256' }).sign(keys.RS256.privateKey);
  for (let i = 0; i < 30 && !(await letsIn(await first())); i += 1) await new Promise((resolve) => setTimeout(resolve, 500));
  for (const [alg, pair] of Object.entries(keys))
    await refusals(`provider, ${alg}`, good, pair.privateKey, pair.publicKey, `key-${alg}`, alg);
  const pss = await new jose.SignJWT(good())
    .setProtectedHeader({ alg: 'PS256', kid: 'key-RS256' })
    .sign(await jose.importPKCS8(await jose.exportPKCS8(keys.RS256.privateKey), 'PS256'));
  check('provider: a key of one algorithm used for another', await refuses(pss));
  server.close();
}

await ownTokens();
await providedTokens();
console.log(failed ? `${failed} failed` : 'all hold');
process.exit(failed ? 1 : 0);
