import RelaxRL

RelaxRL.main()
