from .adapter_checks import check_adapter as check_adapter
from .conformance import Conformance as Conformance
from .dataset_checks import check_dataset as check_dataset
from .encoder_checks import check_encoder as check_encoder
from .loss_checks import check_loss as check_loss
from .space_checks import check_space as check_space
