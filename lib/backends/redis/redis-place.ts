import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../errors.js';
import type { RedisOptions } from './redis-options.js';
import { manyServers, type RedisUrl } from './redis-url.js';

interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** By the address that a server announces, where it is reached. */
type NatMap = Readonly<Record<string, NodeAddress>>;

export interface SentinelPlace {
  readonly kind: 'sentinel';
  readonly sentinels: readonly NodeAddress[];
  readonly name: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Of the connections to the sentinels. */
  readonly tls: ConnectionOptions | undefined;
  readonly natMap: NatMap | undefined;
}

export interface ClusterPlace {
  readonly kind: 'cluster';
  readonly nodes: readonly NodeAddress[];
  readonly natMap: NatMap | undefined;
}

/** What there is to connect to. */
export type RedisPlace = ({ readonly kind: 'server' } & NodeAddress) | SentinelPlace | ClusterPlace;

/** For messages. */
export function nameOf(place: RedisPlace): string {
  if (place.kind === 'server') return `${place.host}:${place.port}`;
  if (place.kind === 'sentinel') return `the master ${place.name} of ${list(place.sentinels)}`;
  return `the cluster of ${list(place.nodes)}`;
}

function list(nodes: readonly NodeAddress[]): string {
  return nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
}

const IN_ONE_PLACE = ['url', 'host', 'port', 'sentinels', 'db'] as const;

/**
 * @param tls of the connections to Redis itself
 * @throws ConfigError that names the option and never its value
 */
export function readPlace(
  options: RedisOptions,
  fromUrl: Partial<RedisUrl>,
  tls: ConnectionOptions | undefined,
): RedisPlace {
  if (options.cluster !== undefined) {
    const other = IN_ONE_PLACE.find((name) => options[name] !== undefined);
    if (other !== undefined) throw new ConfigError(`cluster and ${other} exclude each other; say it in one place`);
    const natMap = readNatMap(options.natMap);
    // Those of the configuration are dialled as they are: ioredis maps only what the cluster tells.
    const nodes = readNodes(options.cluster, 'cluster', 6379).map(
      (node) => natMap?.[`${node.host}:${node.port}`] ?? node,
    );
    return { kind: 'cluster', nodes, natMap };
  }
  const needsSentinels = (['name', 'sentinelUsername', 'sentinelPassword', 'sentinelTls'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (options.sentinels === undefined && needsSentinels !== undefined) {
    throw new ConfigError(`${needsSentinels} is given without sentinels; give { sentinels, name }`);
  }
  if (options.sentinels !== undefined) return readSentinels(options, tls);
  if (options.natMap !== undefined) {
    throw new ConfigError(
      'natMap is given without cluster or sentinels; use host and port of where the server is reached',
    );
  }
  if (text(options, 'host')?.includes(',')) throw new ConfigError(manyServers('host'));
  return {
    kind: 'server',
    host: readHost(text(options, 'host')) ?? fromUrl.host ?? 'localhost',
    port: readPort(options.port ?? fromUrl.port ?? 6379, 'port'),
  };
}

/** An address with a login would be found nowhere, and stand in every message about that. */
function readHost(host: string | undefined): string | undefined {
  if (host !== undefined && !isHost(host))
    throw new ConfigError('host is no name or address; put a URL into `url`, and a login into username and password');
  return host;
}

const isHost = (host: string): boolean => !/[\s/@]/.test(host);

function readSentinels(options: RedisOptions, tls: ConnectionOptions | undefined): SentinelPlace {
  const other = (['url', 'host', 'port'] as const).find((name) => options[name] !== undefined);
  if (other !== undefined)
    throw new ConfigError(`sentinels and ${other} exclude each other; the sentinels know where the master is`);
  const name = text(options, 'name');
  if (name === undefined) throw new ConfigError('name is missing; give what the sentinels call the master');
  return {
    kind: 'sentinel',
    sentinels: readNodes(options.sentinels, 'sentinels', 26_379),
    name,
    username: text(options, 'sentinelUsername'),
    password: text(options, 'sentinelPassword'),
    tls: options.sentinelTls === undefined ? tls : readTls(options.sentinelTls, 'sentinelTls'),
    natMap: readNatMap(options.natMap),
  };
}

function readNatMap(natMap: unknown): NatMap | undefined {
  if (natMap === undefined) return undefined;
  if (typeof natMap !== 'object' || natMap === null || Array.isArray(natMap)) {
    throw new ConfigError("natMap is no object; use { 'announced-host:port': { host, port } }");
  }
  const read = Object.entries(natMap).map(([announced, node]) => {
    // ioredis looks addresses up as they are announced, hence without brackets, and with a port.
    if (!/^[^\s/@]+:\d{1,5}$/.test(announced)) {
      throw new ConfigError("a key of natMap is no 'host:port'; use the addresses that the servers announce");
    }
    return [announced, readNode(node, `natMap['${announced}']`, 6379)] as const;
  });
  return Object.fromEntries(read);
}

/** @returns `undefined` = no TLS */
export function readTls(tls: unknown, name: string): ConnectionOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (typeof tls === 'object' && tls !== null && !Array.isArray(tls)) return tls;
  throw new ConfigError(`${name} is neither boolean nor object; use true or the options of tls.connect`);
}

const NODE = /^(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/i;

function readNodes(nodes: unknown, path: string, defaultPort: number): NodeAddress[] {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new ConfigError(`${path} is no list with at least one node; use [{ host, port }] or ['host:port']`);
  }
  return nodes.map((node: unknown, index) => readNode(node, `${path}[${index}]`, defaultPort));
}

function readNode(node: unknown, path: string, defaultPort: number): NodeAddress {
  if (typeof node === 'string') {
    const parts = NODE.exec(node);
    if (parts !== null) return { host: (parts[1] ?? parts[2])!, port: readPort(Number(parts[3] ?? defaultPort), path) };
  } else if (typeof node === 'object' && node !== null) {
    const { host, port = defaultPort } = node as { host?: unknown; port?: unknown };
    if (typeof host === 'string' && host !== '' && isHost(host)) return { host, port: readPort(port, `${path}.port`) };
  }
  throw new ConfigError(`${path} is no node; use { host, port } or 'host:port'`);
}

function readPort(port: unknown, path: string): number {
  if (Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535) return port as number;
  throw new ConfigError(`${path} is out of range; use a whole number from 1 to 65535`);
}

/** An option that is text, if it is given. */
export function text(
  options: RedisOptions,
  name: 'host' | 'username' | 'password' | 'name' | 'sentinelUsername' | 'sentinelPassword',
): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ConfigError(`${name} is no string; use a string`);
  if (value === '') throw new ConfigError(`${name} is empty; leave it out or fill it in`);
  return value;
}
