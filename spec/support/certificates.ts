import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const NAMES = ['DNS:localhost', 'IP:127.0.0.1'];

/** An authority and a server certificate, made on the spot. */
export function makeCertificates(directory: string, names: readonly string[] = NAMES): Certificates {
  const file = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const caFile = file('ca.crt');
  openssl('req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', caFile, '-subj', '/CN=spec authority');
  openssl(
    'req',
    ...newKey.slice(0, 5),
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
    '-subj',
    '/CN=localhost',
  );
  writeFileSync(file('server.ext'), `subjectAltName=${names.join(',')}\n`);
  const authority = ['-CA', caFile, '-CAkey', file('ca.key'), '-set_serial', '1', '-days', '2'];
  const certificate = ['-in', file('server.csr'), '-extfile', file('server.ext'), '-out', file('server.crt')];
  openssl('x509', '-req', ...authority, ...certificate);
  return { ca: readFileSync(caFile, 'utf8'), caFile, certFile: file('server.crt'), keyFile: file('server.key') };
}
