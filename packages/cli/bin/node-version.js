// Can this Node run Offshoot? Plain JavaScript, so that an older Node can read the answer.

/** Ends the process with 3, and one line that says how to go on, on a Node before 24. */
export function requireNode24(again) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  console.error(
    `Offshoot needs Node 24 or newer and this is ${process.version}: run 'npm ci' without ` +
      `--ignore-scripts (it installs Node 24 for this folder), then '${again}'.`,
  );
  process.exit(3);
}
