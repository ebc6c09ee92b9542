import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const type = (sourceTag, onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });

export default tseslint.config(
  { ignores: ['**/dist/**', '**/out-tsc/**', '**/generated/**', '**/node_modules/**', '**/.quartet/**'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          // Dependencies point one way; see docs/architecture.md. A service never imports another service.
          depConstraints: [
            type('type:engine', []),
            type('type:contracts', []),
            type('type:data', ['type:engine', 'type:contracts', 'type:store']),
            type('type:store', ['type:contracts', 'type:data', 'type:engine']),
            type('type:client', ['type:contracts']),
            type('type:kit', ['type:contracts', 'type:client', 'type:store', 'type:data', 'type:engine']),
            type('type:service', ['type:contracts', 'type:client', 'type:kit', 'type:store', 'type:data', 'type:engine']),
            type('type:app', ['type:contracts', 'type:client']),
            type('type:conformance', ['type:contracts', 'type:client']),
          ],
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // An `import()` type is how a type is named without loading the module.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // A method may be async because its contract is, also where this one has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Options hold their callbacks as methods, which is how they are typed most strictly; they are made to be taken apart.
      '@typescript-eslint/unbound-method': 'off',
      // What was caught, or the reason of an AbortSignal, is thrown on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.test.ts', '**/testing/**/*.ts', '**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
