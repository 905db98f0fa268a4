// HDF5 structures that both reader and writer know. See the HDF5 File Format Specification, version 3.
import type { HostData } from '../../graph/dtypes'

export const SIGNATURE = '\x89HDF\r\n\x1a\n'

/** Message types of object headers. */
export const message = {
  DATASPACE: 1,
  LINK_INFO: 2,
  DATATYPE: 3,
  OLD_FILL: 4,
  FILL: 5,
  LINK: 6,
  EXTERNAL: 7,
  LAYOUT: 8,
  GROUP_INFO: 10,
  FILTERS: 11,
  ATTRIBUTE: 12,
  CONTINUATION: 16,
  SYMBOL_TABLE: 17,
  ATTRIBUTE_INFO: 21,
} as const

/** How elements are stored. */
export type Datatype =
  | { readonly kind: 'int'; readonly bytes: number; readonly signed: boolean; readonly big: boolean }
  | { readonly kind: 'float'; readonly bytes: number; readonly big: boolean }
  | { readonly kind: 'bfloat16'; readonly bytes: 2; readonly big: false }
  | { readonly kind: 'string'; readonly bytes: number; readonly padding: 'null' | 'space' }
  | { readonly kind: 'varString'; readonly bytes: number }
  | { readonly kind: 'opaque'; readonly bytes: number }

/** Values of an attribute. */
export type AttributeValue = string | readonly string[] | HostData

/** What is known of a dataset before it is read. */
export interface DatasetInfo {
  readonly shape: readonly number[]
  readonly type: Datatype
}
