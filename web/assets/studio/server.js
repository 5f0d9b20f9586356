// What the editors ask of the server. Every write carries the anti-forgery token, and a token that went stale with its
// session is asked for again once someone has signed in anew.
const meta = () => document.querySelector('meta[name="csrf-token"]');

export class SignedOut extends Error {}

async function request(method, address, body, retried = false) {
  const headers = { Accept: 'application/json', 'X-CSRFToken': meta()?.content ?? '' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.status === 401) throw new SignedOut();
  if (response.status === 400 && method !== 'GET' && !retried && (await freshToken())) {
    return request(method, address, body, true);
  }
  const type = response.headers.get('Content-Type') ?? '';
  const data = type.includes('json') ? await response.json() : {};
  return { ok: response.ok, status: response.status, data };
}

// False when the token was not the trouble.
async function freshToken() {
  const { ok, data } = await request('GET', document.querySelector('[data-token]').dataset.token);
  if (!ok || data.token === meta().content) return false;
  meta().content = data.token;
  return true;
}

export const read = address => request('GET', address);
export const write = (address, body, method = 'PUT') => request(method, address, body);
