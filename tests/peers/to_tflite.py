"""A network as TensorFlow users would ship it: built in Keras, converted to f32 and to full int8 (int8 in and out) by TensorFlow's own converter.

Imports TensorFlow, so only `models.py` imports this.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import tensorflow as tf  # noqa: E402

from network_file import Layer, NetworkFile, replace  # noqa: E402


def write(network: NetworkFile, pictures: np.ndarray, f32: Path, int8: Path) -> None:
    """`pictures`, f32 luma [N, H, W] in 0..1, choose the activations' grids of the int8 file."""
    model = keras(network)
    plain = tf.lite.TFLiteConverter.from_keras_model(model)
    replace(f32, plain.convert())
    full = tf.lite.TFLiteConverter.from_keras_model(model)
    full.optimizations = [tf.lite.Optimize.DEFAULT]
    full.representative_dataset = lambda: ([picture[None, :, :, None]] for picture in pictures)
    full.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    full.inference_input_type = full.inference_output_type = tf.int8
    replace(int8, full.convert())


def keras(network: NetworkFile) -> tf.keras.Model:
    luma = tf.keras.Input((network.height, network.width, 1), batch_size=1, name="luma")
    values = {"luma": luma}
    for layer in network.layers:
        inputs = [values[name] for name in layer.inputs]
        if layer.kind == "add":
            values[layer.name] = tf.keras.layers.Add()(inputs)
        elif layer.kind == "pool":
            values[layer.name] = tf.keras.layers.GlobalAveragePooling2D(keepdims=True)(inputs[0])
        else:
            values[layer.name] = _convolution(layer, inputs[0])
    return tf.keras.Model(luma, {name: values[name] for name in network.outputs})


def _convolution(layer: Layer, x):
    if layer.flatten:
        dense = tf.keras.layers.Dense(len(layer.bias))
        y = dense(tf.keras.layers.Flatten()(x))
        dense.set_weights([layer.weight[:, :, 0, 0].T, layer.bias])
        return y
    kernel = layer.weight.shape[2]
    height, width = x.shape[1:3]
    # TensorFlow's own padding where it means the same; a layer of its own where it doesn't.
    same = kernel == 1 or layer.pads == ((1, 1, 1, 1) if layer.stride == 1 else (0, 0, 1, 1)) and height % layer.stride == width % layer.stride == 0
    if not same and any(layer.pads):
        top, left, bottom, right = layer.pads
        x = tf.keras.layers.ZeroPadding2D(((top, bottom), (left, right)))(x)
    padding = "same" if same else "valid"
    if layer.depthwise:
        conv, weight = tf.keras.layers.DepthwiseConv2D(kernel, layer.stride, padding), layer.weight.transpose(2, 3, 0, 1)
    else:
        conv, weight = tf.keras.layers.Conv2D(layer.weight.shape[0], kernel, layer.stride, padding), layer.weight.transpose(2, 3, 1, 0)
    y = conv(x)
    conv.set_weights([weight, layer.bias])
    if layer.low is None:
        return y
    return tf.keras.layers.ReLU(max_value=layer.high)(y)
