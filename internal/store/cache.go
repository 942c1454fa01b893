package store

// CacheDirs are the directories that hold all of what is installed: with them put back, nothing is fetched, unpacked or
// looked up again. They serve at the place where they were alone, since programs name their loader by its absolute path;
// elsewhere Lookup gives a *MovedError and the objects are made anew.
func (s *Store) CacheDirs() []string { return []string{s.objectsDir(), s.setsDir()} }
