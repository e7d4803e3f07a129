// What is the client made from, and where does it go? The generator's own settings file.
export default {
  input: './openapi.json',
  output: { path: './shop-client', module: { extension: '.ts' } },
  logs: { file: false },
};
