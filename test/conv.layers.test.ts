import { describe, expect, test } from 'vitest'
import { layers, tensor, type Layer } from '../src/index'

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)

describe('errors of convolution and pooling layers', () => {
  test.each<[string, () => unknown, string]>([
    ['no filters', () => layers.conv2d({ kernelSize: 3 } as never), 'Conv2D: filters is missing; expected a positive integer'],
    [
      'no kernelSize',
      () => layers.conv2d({ filters: 3 } as never),
      'Conv2D: kernelSize is missing; expected a positive integer, or 2 of them',
    ],
    ['three sizes', () => layers.conv2d({ filters: 3, kernelSize: [1, 2, 3] }), 'kernelSize'],
    ['strides and dilation', () => layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, dilationRate: 2 }), 'cannot both be more than 1'],
    ['groups and filters', () => layers.conv2d({ filters: 3, kernelSize: 3, groups: 2 }), 'groups 2 must divide the 3 filters'],
    [
      'groups and channels',
      () => layers.conv2d({ filters: 4, kernelSize: 3, groups: 2 }).apply(zeros(1, 4, 4, 3)),
      'groups 2 must divide the 3 channels',
    ],
    ['causal images', () => layers.conv2d({ filters: 4, kernelSize: 3, padding: 'causal' as never }), 'padding'],
    [
      'causal, channels first',
      () => layers.conv1d({ filters: 4, kernelSize: 3, padding: 'causal', dataFormat: 'channelsFirst' }),
      "needs dataFormat 'channelsLast'",
    ],
    [
      'rank',
      () => layers.conv2d({ filters: 4, kernelSize: 3 }).apply(zeros(4, 4, 3)),
      'input must be [batch, height, width, channels], not [4, 4, 3]',
    ],
    ['too small', () => layers.conv2d({ filters: 4, kernelSize: 5 }).apply(zeros(1, 4, 4, 3)), 'do not fit into 4×4'],
    [
      'output padding',
      () => layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, outputPadding: 2 }),
      'below the strides [2, 2]',
    ],
    ['depth multiplier', () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 0 }), 'depthMultiplier must be a positive integer'],
    ['pool size', () => layers.maxPooling2d({ poolSize: 0 }), 'poolSize must be a positive integer'],
    ['pool rank', () => layers.maxPooling1d().apply(zeros(1, 2, 2, 1)), 'input must be [batch, steps, channels]'],
    ['cropping', () => layers.cropping2d({ cropping: 3 }).apply(zeros(1, 4, 4, 1)), 'leaves nothing of an input of shape [1, 4, 4, 1]'],
    ['zero padding', () => layers.zeroPadding2d({ padding: -1 }), 'padding must be an integer from 0'],
    [
      'unknown option of a convolution',
      () => layers.conv2d({ filters: 4, kernelSize: 3, stride: 2 } as never),
      "Conv2D: unknown option 'stride'; did you mean 'strides'",
    ],
    [
      'groups of a transposed convolution',
      () => layers.conv3dTranspose({ filters: 4, kernelSize: 3, groups: 2 } as never),
      "Conv3DTranspose: unknown option 'groups'",
    ],
    [
      'filters of a depthwise convolution',
      () => layers.depthwiseConv2d({ filters: 4, kernelSize: 3 } as never),
      "DepthwiseConv2D: unknown option 'filters'",
    ],
    ['unknown option of pooling', () => layers.maxPooling3d({ size: 2 } as never), "MaxPooling3D: unknown option 'size'"],
    [
      'dataFormat of cropping sequences',
      () => layers.cropping1d({ dataFormat: 'channelsFirst' } as never),
      "Cropping1D: unknown option 'dataFormat'",
    ],
    [
      'volumes',
      () => layers.conv3d({ filters: 4, kernelSize: 3 }).apply(zeros(1, 4, 4, 3)),
      'input must be [batch, depth, height, width, channels], not [1, 4, 4, 3]',
    ],
    ['interpolation', () => layers.upSampling2d({ interpolation: 'bicubic' as never }), 'interpolation'],
  ])('%s', (_, make, message) => expect(make).toThrow(message))

  test('another number of channels than it was built for', () => {
    const layer = layers.conv2d({ filters: 4, kernelSize: 3 })
    layer.apply(zeros(1, 4, 4, 3))
    expect(() => layer.apply(zeros(1, 4, 4, 2))).toThrow('expected an input with 3 channels')
  })
})

describe('shapes', () => {
  test.each<[string, Layer, (number | null)[], (number | null)[]]>([
    ['unknown sizes stay unknown', layers.conv2d({ filters: 4, kernelSize: 3 }), [null, null, 10, 3], [null, null, 8, 4]],
    [
      'channels first',
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, dataFormat: 'channels_first' }),
      [null, 3, 10, 9],
      [null, 6, 8, 7],
    ],
    [
      'separable, channels first',
      layers.separableConv1d({ kernelSize: 3, filters: 5, dataFormat: 'channelsFirst' }),
      [null, 3, 10],
      [null, 5, 8],
    ],
    [
      'pooling, channels first',
      layers.averagePooling2d({ padding: 'same', dataFormat: 'channelsFirst' }),
      [null, 3, 9, 7],
      [null, 3, 5, 4],
    ],
    [
      'global, channels first',
      layers.globalMaxPooling2d({ dataFormat: 'channelsFirst', keepdims: true }),
      [null, 3, 9, 7],
      [null, 3, 1, 1],
    ],
    [
      'sides',
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
      }),
      [null, 4, 4, 1],
      [null, 7, 7, 1],
    ],
    ['two numbers', layers.cropping2d({ cropping: [1, 0] }), [null, 4, 4, 1], [null, 2, 4, 1]],
    [
      'volumes',
      layers.conv3d({ filters: 4, kernelSize: [1, 2, 3], padding: 'same', strides: [1, 1, 2] }),
      [null, null, 6, 7, 2],
      [null, null, 6, 4, 4],
    ],
    [
      'volumes, channels first',
      layers.conv3dTranspose({ filters: 4, kernelSize: 2, strides: 2, dataFormat: 'channelsFirst' }),
      [null, 2, 3, 4, 5],
      [null, 4, 6, 8, 10],
    ],
    [
      'pooling volumes, channels first',
      layers.maxPooling3d({ poolSize: [1, 2, 3], dataFormat: 'channelsFirst' }),
      [null, 2, 3, 4, 6],
      [null, 2, 3, 2, 2],
    ],
    ['global, volumes', layers.globalAveragePooling3d(), [null, 3, 9, 7, 5], [null, 5]],
    ['sides of volumes', layers.zeroPadding3d({ padding: [1, [0, 2], 3] }), [null, 4, 4, 4, 1], [null, 6, 6, 10, 1]],
    ['sequences, channels first', layers.zeroPadding1d({ padding: [1, 2], dataFormat: 'channelsFirst' }), [null, 3, 4], [null, 3, 7]],
    ['cropped volumes', layers.cropping3d({ dataFormat: 'channelsFirst' }), [null, 2, 4, 5, 6], [null, 2, 2, 3, 4]],
    ['volumes up', layers.upSampling3d({ size: [1, 2, 3] }), [null, 4, 4, 4, 2], [null, 4, 8, 12, 2]],
    ['up', layers.upSampling2d({ size: [2, 3], dataFormat: 'channelsFirst' }), [null, 1, 4, 4], [null, 1, 8, 12]],
  ])('%s', (_, layer, shape, expected) => expect(layer.computeOutputShape(shape)).toEqual(expected))
})

test("Keras's order of weights", () => {
  const layer = layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 })
  layer.ensureBuilt([null, 8, 8, 3])
  expect(layer.weights.map(({ shape }) => shape)).toEqual([[3, 3, 3, 2], [1, 1, 6, 5], [5]])
})
