/** From the bottom up: a file imports from its own folder and from the layers before it. `errors.ts` is for everyone. */
const LAYERS = [
  ['util'],
  ['entries'],
  ['contracts'],
  ['serializers', 'backends', 'plugins'],
  ['bus'],
  ['command'],
  ['locks'],
  ['loading'],
  ['cache'],
  ['registry'],
  ['decorators'],
  ['nest'],
];

/** Each client is known, by its types only, to the one place that loads it on first use. */
const VENDORS = {
  ioredis: '^lib/backends/redis/',
  memjs: '^lib/backends/memcached/',
  '@aws-sdk/client-dynamodb': '^lib/backends/dynamodb/',
  '@aws-sdk/client-s3': '^lib/backends/dynamodb/',
  msgpackr: '^lib/serializers/msgpack',
};

const TYPES_ONLY = ['type-only', 'type-import'];
const folders = (names) => `^lib/(${names.join('|')})/`;
const packages = (names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

const upwards = LAYERS.slice(0, -1).map((layer, index) => ({
  name: `${layer.join('-')}-knows-nothing-above`,
  severity: 'error',
  from: { path: folders(layer) },
  to: { path: folders(LAYERS.slice(index + 1).flat()) },
}));

const sideways = LAYERS.filter((layer) => layer.length > 1).map((layer) => ({
  name: `${layer.join('-')}-do-not-know-each-other`,
  severity: 'error',
  from: { path: folders(layer) },
  to: { path: folders(layer), pathNot: '^lib/$1/' },
}));

const vendors = Object.entries(VENDORS).map(([vendor, home]) => ({
  name: `${vendor}-stays-in-its-backend`,
  severity: 'error',
  from: { path: '^lib/', pathNot: home },
  to: { path: packages([vendor]) },
}));

module.exports = {
  forbidden: [
    ...upwards,
    ...sideways,
    ...vendors,
    {
      name: 'backends-do-not-know-each-other',
      severity: 'error',
      from: { path: '^lib/backends/([^/]+)/' },
      to: { path: '^lib/backends/', pathNot: '^lib/backends/$1/' },
    },
    {
      name: 'vendors-are-loaded-on-first-use',
      comment: 'A value import would load the client with the library; use loadPeer.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: packages(Object.keys(VENDORS)), dependencyTypesNot: TYPES_ONLY },
    },
    {
      name: 'only-nest-knows-nest',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/nest/' },
      to: { path: packages(['@nestjs', 'rxjs', 'reflect-metadata']) },
    },
    {
      name: 'no-other-packages',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        pathNot: packages([...Object.keys(VENDORS), '@nestjs', 'rxjs', 'reflect-metadata']),
      },
    },
    {
      name: 'errors-know-only-util',
      severity: 'error',
      from: { path: '^lib/errors\\.ts$' },
      to: { path: '^lib/', pathNot: '^lib/util/' },
    },
    {
      name: 'testing-is-a-leaf',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/testing/' },
      to: { path: '^lib/testing/' },
    },
    {
      name: 'nest-is-an-entry-of-its-own',
      severity: 'error',
      from: { path: '^lib/(index\\.ts|testing/)' },
      to: { path: '^lib/nest/' },
    },
    {
      name: 'nobody-imports-the-entry',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/(nest|testing)/' },
      to: { path: '^lib/index\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'Types may name each other; modules may not wait for each other to load.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: TYPES_ONLY } },
    },
    { name: 'not-resolvable', severity: 'error', from: { path: '^lib/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type-only imports count: layers are about knowing, not about loading.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
