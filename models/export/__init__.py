"""From trained weights to the files that serve: ONNX graph, int8, manifest."""
