/**
 * Tells on standard error how far long work is, so that the answer on standard output stays whole.
 * @param step says nothing until so many are done, and then once for each so many more
 */
export function progress(step: number): (done: number, all: number) => void {
  let told = 0;
  return (done, all) => {
    if (done - told < step) return;
    told = done;
    process.stderr.write(`${done} of ${all}\n`);
  };
}
