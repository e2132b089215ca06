// Blocks without a language are drawings and commands: nothing is guessed and colored in them.
export default {
  configureHljs: hljs => hljs.configure({ languages: [] }),
};
