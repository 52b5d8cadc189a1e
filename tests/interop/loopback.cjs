// Preloaded into other people's Node programs (node --require): what they ask of Microsoft's cloud is answered by the
// emulator at EMULATOR_URL, over plain HTTP on this machine, under the Host that was meant; every other address is
// refused. The programs themselves stay as they were published.
'use strict';
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const { Readable } = require('node:stream');
const { syncBuiltinESMExports } = require('node:module');

const emulator = new URL(process.env.EMULATOR_URL);
const CLOUD = /^(login\.microsoftonline\.com|graph\.microsoft\.com|[a-z0-9-]+\.sharepoint\.com)$/i;
const plainRequest = http.request;

class Refused extends Error {
  constructor(what) {
    super(`only Microsoft's cloud, which the emulator plays, may be asked, not ${what}`);
    this.code = 'ERR_NOT_LOOPBACK';
  }
}

const isLoopback = (host) => ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host);

if (!isLoopback(emulator.hostname)) throw new Refused(emulator.hostname);

// The arguments of http.request in all their orders: (url?, options?, callback?).
function readArguments(given) {
  const rest = [...given];
  const url = typeof rest[0] === 'string' || rest[0] instanceof URL ? new URL(rest.shift()) : null;
  const options = rest[0] && typeof rest[0] === 'object' ? rest.shift() : {};
  const named = url ?? options;
  const host = named.hostname || named.host || 'localhost';
  return {
    host: host.replace(/:\d+$/, ''),
    path: options.path ?? (url ? url.pathname + url.search : '/'),
    options,
    callback: rest[0],
  };
}

function withoutHost(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'host'));
}

function insteadOf(original) {
  return function request(...given) {
    const { host, path, options, callback } = readArguments(given);
    if (isLoopback(host)) return original(...given);
    if (!CLOUD.test(host)) throw new Refused(host);
    const { method, timeout, signal } = options;
    const headers = { ...withoutHost(options.headers), Host: host, 'X-Forwarded-Proto': 'https' };
    const { hostname, port } = emulator;
    return plainRequest({ hostname, port, path, method, headers, timeout, signal }, callback);
  };
}

function insteadOfGet(request) {
  return (...given) => request(...given).end();
}

http.request = insteadOf(plainRequest);
https.request = insteadOf(https.request);
http.get = insteadOfGet(http.request);
https.get = insteadOfGet(https.request);
syncBuiltinESMExports();

// fetch does not let anybody choose the Host, so it goes through https.request.
globalThis.fetch = async (input, init) => {
  const asked = new Request(input, init);
  const body = Buffer.from(await asked.arrayBuffer());
  const answer = await new Promise((resolve, reject) => {
    const { method, signal } = asked;
    const headers = { ...Object.fromEntries(asked.headers), 'Content-Length': String(body.length) };
    https.request(asked.url, { method, headers, signal }, resolve).on('error', reject).end(body);
  });
  const headers = new Headers();
  for (let each = 0; each < answer.rawHeaders.length; each += 2) {
    headers.append(answer.rawHeaders[each], answer.rawHeaders[each + 1]);
  }
  const hasBody = ![204, 205, 304].includes(answer.statusCode);
  if (!hasBody) answer.resume();
  return new Response(hasBody ? Readable.toWeb(answer) : null, {
    status: answer.statusCode,
    statusText: answer.statusMessage,
    headers,
  });
};

// Whatever way a program finds to the network, a socket to anywhere else is never opened.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(...given) {
  const target = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof target === 'object' ? target.host ?? 'localhost' : typeof given[1] === 'string' ? given[1] : 'localhost';
  if (!target?.path && !isLoopback(host)) throw new Refused(host);
  return connect.apply(this, given);
};
