// Where the MNIST examples find their files: --dir path/to/mnist, or MNIST_DIR in the environment.
import { parseArgs } from 'node:util'

/** Runs an example with the folder that was given, or says how to get the files. */
export async function withMnist(example, main) {
  const { values } = parseArgs({ options: { dir: { type: 'string', default: process.env.MNIST_DIR }, epochs: { type: 'string' } } })
  if (values.dir) return main({ dir: values.dir, ...(values.epochs && { epochs: Number(values.epochs) }) })
  console.error(`MNIST is not part of the library. Put its four files into a folder and say where they are:

  mkdir mnist && cd mnist
  for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    curl -O https://storage.googleapis.com/cvdf-datasets/mnist/$f-ubyte.gz
  done
  cd .. && node examples/${example} --dir mnist`)
  process.exitCode = 1
}
