package spool

func isNoSpace(error) bool { return false }
