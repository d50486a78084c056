package journal

import (
	"os"
	"path/filepath"
)

// replaceFile writes a file under a temporary name, syncs it, gives it its name and
// syncs the folder. If it fails before the renaming nothing has changed; if only the
// folder's sync fails, the file is there now and may not be after a crash.
func replaceFile(fsys FS, folder, name string, fill func(File) error) error {
	path := filepath.Join(folder, name)
	tmp := path + tmpSuffix
	f, err := fsys.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	// Closed before the renaming: Windows does not rename open files.
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = fsys.Rename(tmp, path)
	}
	if err != nil {
		_ = fsys.Remove(tmp) // if it stays, the next start removes it
		return err
	}
	return fsys.SyncDir(folder)
}
