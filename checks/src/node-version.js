// Can this Node run the repository? Plain JavaScript, so that an older Node can read the answer.

/** Ends the process with 3, and says how to go on, when Node cannot run TypeScript as it stands. */
export function requireNode24(command) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  console.error(
    `Offshoot needs Node 24 or newer and this is ${process.version}: run 'npm ci' (it installs ` +
      `Node 24 for this folder, unless --ignore-scripts is set) and then 'npm run ${command}'.`,
  );
  process.exit(3);
}
