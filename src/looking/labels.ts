// What is written into the box of a call.
import { showShape } from '../util/shape'
import type { Box } from './flow'
import type { HeldPicture } from './options'

/** Lines, the first of them the title. */
export function labelOf({ name, className, shapes, dtype, layer }: Box, show: HeldPicture): string[] {
  const activation = (layer?.options as { activation?: { name?: string; className?: string } | null } | undefined)?.activation
  const own = layer && layer.weights.length > 0
  const facts = [
    ...(show.showLayerActivations && activation ? [activation.name ?? activation.className ?? ''] : []),
    ...(show.showDtype && dtype ? [dtype] : []),
    ...(show.showParams && own ? [`${layer.countParams().toLocaleString('en-US')} weights`] : []),
    ...(show.showTrainable && own ? [layer.trainable ? 'trains' : 'frozen'] : []),
  ].filter(Boolean)
  const title = show.showLayerNames ? name : className
  const shape = show.showShapes && shapes.length ? shapes.map((each) => showShape(each)).join(' ') : ''
  const second = [...(show.showLayerNames && className !== name ? [className] : []), ...(shape ? [shape] : [])].join('  ')
  return [title, ...(second ? [second] : []), ...(facts.length ? [facts.join(' · ')] : [])]
}
