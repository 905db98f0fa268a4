// Options of pictures, as keras.utils.plot_model has them.
import { choice, flag, optional, readOptions, type Given, type Held } from '../util/options'

export const pictureOptions = {
  /** Shapes of what comes out. Default true. */
  showShapes: optional(flag, true),
  /** Number types. Default false. */
  showDtype: optional(flag, false),
  /** Names of layers. Default true. */
  showLayerNames: optional(flag, true),
  /** Activations that layers apply. Default false. */
  showLayerActivations: optional(flag, false),
  /** Which layers train. Default false. */
  showTrainable: optional(flag, false),
  /** Numbers of weights. Default false. */
  showParams: optional(flag, false),
  /** Models inside as boxes of their own. Default false. */
  expandNested: optional(flag, false),
  /** From top to bottom, or from left to right. Default 'TB'. */
  rankdir: optional(choice('TB', 'LR'), 'TB'),
}
export type PictureOptions = Given<typeof pictureOptions>
export type HeldPicture = Held<typeof pictureOptions>
export const readPicture = (given: PictureOptions | undefined, what: string): HeldPicture => readOptions(pictureOptions, given, what)
