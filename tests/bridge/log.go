package main

/*
#include <stdlib.h>

typedef void (*log_callback)(int level, const char *message);

static void call(void *callback, int level, const char *message)
{
	((log_callback)callback)(level, message);
}
*/
import "C"

import (
	"fmt"
	"io"
	stdlog "log"
	"os"
	"strings"
	"sync"
	"unsafe"

	log "github.com/sirupsen/logrus"
)

// Levels of the callback.
const (
	levelTrace = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
)

// callbackHook hands log entries to the caller's function.
type callbackHook struct {
	mutex    sync.RWMutex
	callback unsafe.Pointer
	once     sync.Once
}

var hook callbackHook

func (h *callbackHook) Levels() []log.Level {
	return log.AllLevels
}

func (h *callbackHook) Fire(entry *log.Entry) error {
	var line strings.Builder
	line.WriteString(entry.Message)
	for key, value := range entry.Data {
		fmt.Fprintf(&line, " %s=%v", key, value)
	}
	h.send(callbackLevel(entry.Level), line.String())
	return nil
}

// Write takes what libraries print through the standard library's log.
func (h *callbackHook) Write(line []byte) (int, error) {
	h.send(levelInfo, strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

func (h *callbackHook) send(level C.int, line string) {
	h.mutex.RLock()
	callback := h.callback
	h.mutex.RUnlock()
	if callback == nil {
		return
	}
	message := C.CString(line)
	defer C.free(unsafe.Pointer(message))
	C.call(callback, level, message)
}

func callbackLevel(level log.Level) C.int {
	switch level {
	case log.TraceLevel:
		return levelTrace
	case log.DebugLevel:
		return levelDebug
	case log.InfoLevel:
		return levelInfo
	case log.WarnLevel:
		return levelWarn
	default:
		return levelError
	}
}

func setLogCallback(callback unsafe.Pointer) {
	hook.mutex.Lock()
	hook.callback = callback
	hook.mutex.Unlock()

	if callback == nil {
		log.SetLevel(log.InfoLevel)
		log.SetOutput(os.Stderr)
		stdlog.SetOutput(os.Stderr)
		stdlog.SetFlags(stdlog.LstdFlags)
		return
	}
	hook.once.Do(func() { log.AddHook(&hook) })
	log.SetLevel(log.TraceLevel)
	log.SetOutput(io.Discard)
	stdlog.SetOutput(&hook)
	stdlog.SetFlags(0)
}
