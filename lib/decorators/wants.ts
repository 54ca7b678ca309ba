/** Arguments that may be followed by more, which a function ignores. */
type Open<Args extends readonly unknown[]> = number extends Args['length'] ? Args : [...Args, ...unknown[]];

/** The arguments that an option wants which is a function, whatever they are if it is none. */
type Wants<Given, Name> = Name extends keyof Given
  ? [Extract<Given[Name], (...args: never) => unknown>] extends [(...args: infer Args) => unknown]
    ? Open<Args>
    : never
  : unknown[];

type First<Args extends readonly unknown[]> = Args[0];
type Rest<Args extends readonly unknown[]> = Args extends readonly [unknown?, ...infer Others]
  ? number extends Args['length']
    ? Others
    : Open<Others>
  : Args;

/** What the functions among the options want the instance to be. */
export type WantedSelf<Given> = First<Wants<Given, 'cache'>>;

/** What they want the arguments of the method to be. */
export type WantedArgs<Given> = Wants<Given, 'key'> &
  Wants<Given, 'condition'> &
  Rest<Wants<Given, 'keyOf'>> &
  Rest<Wants<Given, 'unless'>> &
  Rest<Wants<Given, 'tags'>> &
  Rest<Wants<Given, 'ttl'>>;

/** What they want the method to answer. */
export type WantedResult<Given> = First<Wants<Given, 'keyOf'>> &
  First<Wants<Given, 'unless'>> &
  First<Wants<Given, 'tags'>> &
  First<Wants<Given, 'ttl'>>;

/** What they want an item of the method's answer to be. */
export type WantedItem<Given> = First<Wants<Given, 'idOf'>> &
  First<Wants<Given, 'unless'>> &
  First<Wants<Given, 'tags'>> &
  First<Wants<Given, 'ttl'>>;
