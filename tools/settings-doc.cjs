// Writes docs/settings.md from the table in libs/contracts/src/settings.ts. A test fails when the page is stale.
const { writeFileSync } = require('node:fs');
const { settingsTable } = require('../libs/contracts/dist/settings-table.js');

writeFileSync(
  `${__dirname}/../docs/settings.md`,
  `# Settings

Every setting is an environment variable. All services and the CLI read the same ones; a value that can't be read stops
the process with an error that names the variable. The source is libs/contracts/src/settings.ts; after a change run
\`npm run build && node tools/settings-doc.cjs\`.

${settingsTable()}

S3 credentials and region come from the standard AWS variables (\`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`, \`AWS_REGION\`).
`,
);
