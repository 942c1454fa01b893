package store

// CacheDirs returns the directories that hold everything that is installed: when they are restored, nothing has to be
// fetched or unpacked. They have to be restored to the same place, because programs name their loader by its absolute
// path. Elsewhere, Lookup returns a *MovedError and the objects are rebuilt.
func (s *Store) CacheDirs() []string { return []string{s.objectsDir(), s.setsDir()} }
