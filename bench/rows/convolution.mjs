// Single convolutions with 'same' padding: [batch, height, width, channels] → [batch, height, width, filters].
import { convolution } from '../peers/onnx-models.mjs'
import { random } from '../data.mjs'

const shapes = [
  { name: 'conv 3×3, 56×56×64→64', batch: 1, height: 56, width: 56, channels: 64, filters: 64, kernel: 3 },
  { name: 'conv 1×1, 28×28×128→256', batch: 1, height: 28, width: 28, channels: 128, filters: 256, kernel: 1 },
  { name: 'conv 3×3, 224×224×3→32', batch: 1, height: 224, width: 224, channels: 3, filters: 32, kernel: 3 },
  { name: 'conv 3×3, batch 64, 26×26×32→64', batch: 64, height: 26, width: 26, channels: 32, filters: 64, kernel: 3 },
  { name: 'depthwise 3×3, 112×112×32', batch: 1, height: 112, width: 112, channels: 32, filters: 32, kernel: 3, groups: 32 },
]

/** Layers of VGG16 and MobileNet at batch 1, by size, channels in and out. */
const layers = [
  ...[
    [224, 64, 64],
    [112, 64, 128],
    [56, 256, 256],
    [28, 512, 512],
    [14, 512, 512],
  ].map(([size, channels, filters]) => ({ name: `vgg16 3×3, ${size}×${size}×${channels}→${filters}`, size, channels, filters, kernel: 3 })),
  ...[
    [112, 32, 64],
    [56, 128, 128],
    [14, 512, 512],
    [7, 1024, 1024],
  ].flatMap(([size, channels, filters]) => [
    { name: `mobilenet depthwise 3×3, ${size}×${size}×${channels}`, size, channels, filters: channels, kernel: 3, groups: channels },
    { name: `mobilenet 1×1, ${size}×${size}×${channels}→${filters}`, size, channels, filters, kernel: 1 },
  ]),
].map(({ size, ...layer }) => ({ batch: 1, height: size, width: size, ...layer }))

export const rows = [...shapes, ...layers].map(({ name, ...shape }) => {
  const { batch, height, width, channels, filters, kernel, groups = 1 } = shape
  const depthwise = groups > 1
  const inputs = [
    random([batch, height, width, channels]),
    random(depthwise ? [kernel, kernel, channels, 1] : [kernel, kernel, channels, filters], 2),
  ]
  return {
    family: name.match(/^(vgg16|mobilenet)/)?.[0] ?? 'convolution',
    name,
    unit: 'GFLOP/s',
    work: (2 * batch * height * width * kernel * kernel * channels * filters) / groups,
    cornus: (c) => c.op(inputs, (ops, x, w) => (depthwise ? ops.depthwiseConv2d : ops.conv2d)(x, w, { padding: 'same' })),
    tfjs: (t) => t.op(inputs, (tf, x, w) => (depthwise ? tf.depthwiseConv2d : tf.conv2d)(x, w, 1, 'same')),
    ort: (o) => o.model(convolution(shape)),
    torch: { kind: 'conv', ...shape },
  }
})
