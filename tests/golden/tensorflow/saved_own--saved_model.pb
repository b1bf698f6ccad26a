½
-"serve*2.21.02v2.21.0-rc1-5-ga481b10260d8"
saved_model_main_op

NoOp*>
__saved_model_init_op%#
__saved_model_init_op

NoOp:ª
@
head
encoder

signatures"
_tf_keras_model
/

kernel
bias"
_tf_keras_layer
N
_random_generator
cell

state_spec"
_tf_keras_rnn_layer
"
signature_map
%:#2tagger/dense/kernel
:2tagger/dense/bias
"
_generic_user_object
l
	_random_generator


state_size

kernel
recurrent_kernel
bias"
_tf_keras_layer
 "
trackable_list_wrapper
"
_generic_user_object
 "
trackable_list_wrapper
.:,2tagger/lstm/lstm_cell/kernel
8:62&tagger/lstm/lstm_cell/recurrent_kernel
(:&2tagger/lstm/lstm_cell/bias