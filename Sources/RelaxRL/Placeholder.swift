// RelaxRL
