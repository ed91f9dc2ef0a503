/** For rehearsals of dying: a process that was told a point's name is gone when it gets there, as by kill -9. */
let armed: { name: string; times: number } | null = null;

/** @param spec `name`, or `name:3` for the third time; null: nothing ever happens */
export function armCrashPoint(spec: string | null): void {
  const [name = "", times = "1"] = spec?.split(":") ?? [];
  armed = name === "" ? null : { name, times: Number(times) };
}

/** Does nothing unless this point was armed; then it never returns. */
export function crashPoint(name: string): void {
  if (armed?.name !== name) return;
  armed.times -= 1;
  if (armed.times <= 0) process.kill(process.pid, "SIGKILL");
}

/**
 * The same object with a point before and after each of its methods, `before-NAME-METHOD` and `after-NAME-METHOD`. The
 * object itself where no point is armed.
 */
export function withCrashPoints<T extends object>(name: string, object: T): T {
  if (armed === null) return object;
  return new Proxy(object, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || typeof key === "symbol") return value;
      return (...args: unknown[]) => {
        crashPoint(`before-${name}-${key}`);
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        return result.then((settled: unknown) => {
          crashPoint(`after-${name}-${key}`);
          return settled;
        });
      };
    },
  });
}
