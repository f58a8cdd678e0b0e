// The packages type only their index, which loads every list at once; the single lists below are what we want of them.
declare module '@zxcvbn-ts/language-common/dist/passwords.json.cjs' {
  const words: string[];
  export default words;
}
declare module '@zxcvbn-ts/language-common/dist/adjacencyGraphs.json.cjs' {
  const graphs: Record<string, Record<string, (string | null)[]>>;
  export default graphs;
}
declare module '@zxcvbn-ts/language-en/dist/commonWords.json.cjs' {
  const words: string[];
  export default words;
}
declare module '@zxcvbn-ts/language-en/dist/firstnames.json.cjs' {
  const words: string[];
  export default words;
}
