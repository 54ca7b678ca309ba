/** What `--only` names, or all there is. A name that does not exist ends the program: nothing would be measured. */
export function chosen(args: readonly string[], all: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => /^--only(?:=|$)/.test(arg));
  if (at === -1) return all;
  const names = (args[at]!.split('=')[1] ?? args[at + 1]!).split(',');
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length === 0) return names;
  console.error(`--only: there is no ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}
