
-"serve*2.21.02v2.21.0-rc1-5-ga481b10260d8"
saved_model_main_op

NoOp*>
__saved_model_init_op%#
__saved_model_init_op

NoOp:Š
×
layer_with_weights-0
layer-0
layer-1
layer_with_weights-1
layer-2
layer_with_weights-2
layer-3
layer_with_weights-3
layer-4

signatures"
_tf_keras_sequential
@
forward_layer
backward_layer"
_tf_keras_layer
"
_tf_keras_layer
N
	_random_generator

cell

state_spec"
_tf_keras_rnn_layer
^
axis
	gamma
beta
moving_mean
moving_variance"
_tf_keras_layer
/

kernel
bias"
_tf_keras_layer
"
signature_map
N
_random_generator
cell

state_spec"
_tf_keras_rnn_layer
N
_random_generator
cell

state_spec"
_tf_keras_rnn_layer
"
_generic_user_object
\
_random_generator

kernel
recurrent_kernel
bias"
_tf_keras_layer
 "
trackable_list_wrapper
 "
trackable_list_wrapper
':%2batch_normalization/gamma
&:$2batch_normalization/beta
/:- (2batch_normalization/moving_mean
3:1 (2#batch_normalization/moving_variance
:2dense/kernel
:2
dense/bias
"
_generic_user_object
l
_random_generator

state_size

kernel
 recurrent_kernel
!bias"
_tf_keras_layer
 "
trackable_list_wrapper
"
_generic_user_object
l
"_random_generator
#
state_size

$kernel
%recurrent_kernel
&bias"
_tf_keras_layer
 "
trackable_list_wrapper
"
_generic_user_object
%:#2gru/gru_cell/kernel
/:-2gru/gru_cell/recurrent_kernel
#:!2gru/gru_cell/bias
"
_generic_user_object
 "
trackable_list_wrapper
=:;2+bidirectional/forward_lstm/lstm_cell/kernel
G:E25bidirectional/forward_lstm/lstm_cell/recurrent_kernel
7:52)bidirectional/forward_lstm/lstm_cell/bias
"
_generic_user_object
 "
trackable_list_wrapper
>:<2,bidirectional/backward_lstm/lstm_cell/kernel
H:F26bidirectional/backward_lstm/lstm_cell/recurrent_kernel
8:62*bidirectional/backward_lstm/lstm_cell/bias