/** What we use of two things that come without types here: the platform's WebAssembly, and Pico's loader. */
declare namespace WebAssembly {
  type Module = object;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<object>;
}

declare module "@echogarden/svoxpico-wasm" {
  const createPico: (options: {
    print(line: string): void;
    printErr(line: string): void;
  }) => Promise<unknown>;
  export default createPico;
}
