import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', '**/generated/**', 'engine/*/kernel/**', '**/*.mjs', '.adamscope/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise nobody waits for hides its failure.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', { selector: "TSEnumDeclaration", message: 'A union of literals says the same without code.' }],
    },
  },
  {
    // Tests look into JSON documents whose shape is what they check.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    // The engine runs in a plain Node process.
    files: ['engine/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: ['vscode', 'chart.js'], patterns: ['**/extension/**', '**/webview/**'] }] },
  },
  {
    // The extension host never loads onnxruntime; it may use the engine's data, protocol and client.
    files: ['extension/**/*.ts', 'webview/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['onnxruntime-node'], patterns: ['**/engine/{runtime,training,gradient,onnx,optimizer,layers,data,loss,probe,cli}/**'] },
      ],
    },
  },
);
