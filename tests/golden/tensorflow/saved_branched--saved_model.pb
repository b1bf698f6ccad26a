”
-"serve*2.21.02v2.21.0-rc1-5-ga481b10260d8"
saved_model_main_op

NoOp*>
__saved_model_init_op%#
__saved_model_init_op

NoOp:

º
layer-0
layer_with_weights-0
layer-1
layer_with_weights-1
layer-2
layer-3
layer_with_weights-2
layer-4

signatures"
_tf_keras_network
"
_tf_keras_input_layer
E
layer_with_weights-0
layer-0"
_tf_keras_sequential
7
cell
	
state_spec"
_tf_keras_rnn_layer
"
_tf_keras_layer
/


kernel
bias"
_tf_keras_layer
"
signature_map
N
_random_generator
cell

state_spec"
_tf_keras_rnn_layer
\
_random_generator

kernel
recurrent_kernel
bias"
_tf_keras_layer
 "
trackable_list_wrapper
:2dense/kernel
:2
dense/bias
"
_generic_user_object
l
_random_generator

state_size

kernel
recurrent_kernel
bias"
_tf_keras_layer
 "
trackable_list_wrapper
"
_generic_user_object
3:12!simple_rnn/simple_rnn_cell/kernel
=:;2+simple_rnn/simple_rnn_cell/recurrent_kernel
-:+2simple_rnn/simple_rnn_cell/bias
"
_generic_user_object
 "
trackable_list_wrapper
':%2lstm/lstm_cell/kernel
1:/2lstm/lstm_cell/recurrent_kernel
!:2lstm/lstm_cell/bias