// An OpenID-certified provider with its own sign-in and consent pages, on loopback: node provider.mjs REDIRECT_URI.
// It prints its issuer. Whoever names himself at its page is that person.
import http from 'node:http';
import { generateKeyPair, exportJWK } from 'jose';
import Provider from 'oidc-provider';

const redirect = process.argv[2];
const secret = 's+ecret %:/~ 1 of at least thirty-two characters';
const key = async (alg, kid) => ({ ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)), alg, kid, use: 'sig' });
const jwks = { keys: [await key('RS256', 'one'), await key('ES256', 'two'), await key('PS256', 'three')] };
const client = (client_id, method, alg) => ({
  client_id,
  ...(method === 'none' ? {} : { client_secret: secret }),
  token_endpoint_auth_method: method,
  id_token_signed_response_alg: alg,
  redirect_uris: [redirect],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
});

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('basic', 'client_secret_basic', 'RS256'), client('post', 'client_secret_post', 'ES256'), client('public', 'none', 'PS256')],
    jwks,
    pkce: { required: () => true },
    rotateRefreshToken: true, // each works once; a second use ends the grant
    issueRefreshToken: async (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: !id.startsWith('unverified') }),
    }),
    cookies: { keys: ['for tests'] },
    ttl: { AccessToken: 600, IdToken: 600, RefreshToken: 86400, Session: 86400, Interaction: 600, Grant: 86400, AuthorizationCode: 60 },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
