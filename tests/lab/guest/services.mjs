// What boxes need beside DNS: a registry with the guest image on 127.0.0.1:5000, and on each address
// of the list a listener that says who it is: over HTTP on ports 80 and 8080, after the first bytes of
// whatever comes on 443.
//
// With TLS on port 443 of one address, and on 127.0.0.1:8080, what the guest calls its host.
//
// usage: services.mjs LAYER.tar.gz DIFFID ADDRESSES TLS-ADDRESS
import { createHash } from 'crypto';
import fs from 'fs';
import http from 'http';
import https from 'https';
import net from 'net';

const [layerPath, diffId, addresses, tlsAddress] = process.argv.slice(2);
const digest = (bytes) => 'sha256:' + createHash('sha256').update(bytes).digest('hex');
const type = (name) => `application/vnd.oci.image.${name}`;

const layer = fs.readFileSync(layerPath);
const config = Buffer.from(JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'tests/lab/guest' }],
}));
const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: { mediaType: type('config.v1+json'), digest: digest(config), size: config.length },
    layers: [{ mediaType: type('layer.v1.tar+gzip'), digest: digest(layer), size: layer.length }],
}));

const registry = http.createServer((request, response) => {
    let [body, mime] = [Buffer.from('{}'), 'application/json'];
    if (request.url.includes('/manifests/')) {
        [body, mime] = [manifest, type('manifest.v1+json')];
    } else if (request.url.includes('/blobs/')) {
        body = request.url.includes(digest(config)) ? config : layer;
        mime = 'application/octet-stream';
    }
    response.writeHead(200, {
        'Content-Type': mime,
        'Content-Length': body.length,
        'Docker-Content-Digest': digest(body),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
});

const listening = [new Promise((done) => registry.listen(5000, '127.0.0.1', done))];
function listen(server, port, address) {
    listening.push(new Promise((done) => server.listen(port, address, done)));
}
function answer(address) {
    return (request, response) => {
        const secret = request.headers.authorization;
        response.end(`${address} heard ${request.headers.host}${secret ? ` ${secret}` : ''}\n`);
    };
}
for (const address of fs.readFileSync(addresses, 'utf8').trim().split('\n')) {
    for (const port of [80, 8080]) listen(http.createServer(answer(address)), port, address);
    const blind = net.createServer((peer) => {
        peer.on('error', () => {});
        peer.once('data', () => peer.end(`${address} heard bytes\n`));
    });
    listen(blind, 443, address);
}
listen(http.createServer(answer('the host')), 8080, '127.0.0.1');
const identity = { key: fs.readFileSync('tls.key'), cert: fs.readFileSync('tls.crt') };
listen(https.createServer(identity, answer(tlsAddress)), 443, tlsAddress);
await Promise.all(listening);
console.log('ready');
