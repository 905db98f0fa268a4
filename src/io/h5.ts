// .h5: whole models as Keras 1, 2 and 3 save them in HDF5, and weights alone in the same form.
import { isHdf5 } from './hdf5/reader'
import type { ModelFormat } from './models'
import { badFile } from './source'

export const h5Format: ModelFormat = {
  name: 'h5',
  endings: ['.h5', '.hdf5'],
  recognizes: ({ head }) => isHdf5(head),
  async read({ file }) {
    throw badFile(file, 'later')
  },
}
