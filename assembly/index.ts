// What the module exports: the executor, the memory layout, and every kernel by name.
export * from './layout';
export { run, serve, SERIAL, MEET, GATE } from './program';
export { barrier } from './barrier';
export { fill } from './kernels/fill';
export { copy } from './kernels/copy';
export { check } from './kernels/check';
export { gather, iota, oneHot, scatterAdd, takeAlong, takeAlongGrad } from './kernels/gather';
export { uniqueRows, combineRows, takeRows, putRows } from './kernels/sparse';
export { sum, sumSquares, sumAbs, max, min, prod, sumInt, maxInt, minInt, prodInt, sumChunks, sumSquaresChunks, sumAbsChunks, maxChunks,
  minChunks, prodChunks, accumulate } from './kernels/reduce';
export { argMax, argMin, argMaxInt, argMinInt } from './kernels/argreduce';
export { cumsum, cumsumInt } from './kernels/cumsum';
export { softmax, logSoftmax, logSumExp, softmaxGrad, logSoftmaxGrad } from './kernels/softmax';
export { sparseSoftmaxCrossEntropy, sparseSoftmaxCrossEntropyGrad, softmaxCrossEntropy, softmaxCrossEntropyGrad, sparseCrossEntropy,
  sparseCrossEntropyGrad } from './kernels/crossentropy';
export { sgd, lion } from './kernels/sgd';
export { adam, adamax, nadam, nadamProduct } from './kernels/adam';
export { adagrad, rmsprop, adadelta, ftrl } from './kernels/adagrad';
export { incrementInt } from './kernels/optimizer';
export { gemm } from './kernels/gemm';
export { gemmInt } from './kernels/gemmint';
export { packWeights, RECURRENT_HEAD, RECURRENT_ROWS } from './kernels/recurrent';
export { lstm, lstmGrad } from './kernels/lstm';
export { gru, gruGrad, gruBefore, gruBeforeGrad } from './kernels/gru';
export { rnn, rnnGrad } from './kernels/rnn';
export { GEMM_MR, GEMM_NR, GEMM_KC, GEMM_MC, GEMM_NC } from './kernels/gemmblock';
export { conv, convGradFilter, CONV_GATHER } from './kernels/conv';
export { convFew } from './kernels/convfew';
export { convGradInput } from './kernels/convgrad';
export { winograd, winogradFilter, winogradFilterGrad, winogradGradFilter } from './kernels/winograd';
export { depthwiseConv2d, depthwiseConv2dGradFilter } from './kernels/depthwise';
export { maxPool, maxPoolGrad, averagePool, averagePoolGrad } from './kernels/pool';
export { ACT_NONE, ACT_RELU, ACT_SIGMOID, ACT_TANH } from './kernels/gemmactivate';
export { moments, joinMoments, normalize, normalizeGrad, normalizeSums } from './kernels/norm';
export { layerNorm, layerNormGrad } from './kernels/layernorm';
export { bernoulli, dropout, randomBits, randomInt, randomNormal, randomUniform, truncatedNormal } from './kernels/random';
export { neg, abs, absGrad, sign, square, sqrt, sqrtGrad, rsqrt, floor, ceil, round, affine, clip, clipGrad, exp, log, expm1, log1p, erf,
  erfinv, sin, cos, toBool, toBoolInt, castToInt, castToFloat } from './kernels/unary';
export { relu, reluGrad, leakyRelu, leakyReluGrad, sigmoid, sigmoidGrad, tanh, tanhGrad, elu, eluGrad, selu, seluGrad, silu, siluGrad,
  geluTanh, geluTanhGrad, gelu, geluGrad, mish, softplus, softplusGrad, sigmoidCrossEntropy,
      sigmoidCrossEntropyGrad } from './kernels/activation';
export { add, sub, mul, div, maximum, minimum, squaredDifference, pow, mod, floorDiv, equal, notEqual, less, lessEqual, addInt, subInt,
  mulInt, maximumInt, minimumInt, floorDivInt, modInt, powInt, equalInt, notEqualInt, lessInt, lessEqualInt, logicalAnd, logicalOr,
      logicalXor } from './kernels/binary';
export { select } from './kernels/select';
