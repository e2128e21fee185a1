// The guard around MuJoCo: see CMuJoCo.h.
#include "CMuJoCo.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local char message[1024];
static _Thread_local jmp_buf* escape;  // where an error jumps to; null outside guarded calls
static pthread_once_t installed = PTHREAD_ONCE_INIT;

static void on_error(const char* text) {
    if (!escape) {
        // MuJoCo's contract: an error handler does not return.
        fprintf(stderr, "MuJoCo failed in a call that is not guarded: %s\n", text);
        abort();
    }
    snprintf(message, sizeof message, "%s", text);
    longjmp(*escape, 1);
}

// MuJoCo's own handler writes to a log file in the working folder.
static void on_warning(const char* text) {
    snprintf(message, sizeof message, "%s", text);
}

static void install(void) {
    mju_user_error = on_error;
    mju_user_warning = on_warning;
}

// Runs BODY with errors caught. Nothing in BODY may own memory of this function.
#define GUARDED(BODY)                        \
    jmp_buf here;                            \
    pthread_once(&installed, install);       \
    message[0] = '\0';                       \
    escape = &here;                          \
    if (setjmp(here)) {                      \
        escape = NULL;                       \
        return M3DT_MJ_ERROR;                \
    }                                        \
    BODY;                                    \
    escape = NULL

static m3dt_mj_status warned(const mjData* data) {
    for (int kind = 0; kind < mjNWARNING; kind++) {
        if (data->warning[kind].number > 0) {
            snprintf(message, sizeof message, "%s", mju_warningText(kind, (size_t)data->warning[kind].lastinfo));
            return M3DT_MJ_WARNING;
        }
    }
    return M3DT_MJ_OK;
}

const char* m3dt_mj_message(void) { return message; }

const char* m3dt_models_directory(void) { return M3DT_MODELS_DIRECTORY; }

m3dt_mj_status m3dt_mj_load(const char* path, mjModel** model) {
    char words[sizeof message] = "";
    *model = NULL;
    if (mj_version() != mjVERSION_HEADER) {
        snprintf(message, sizeof message, "libmujoco is of version %d, but %d is needed; run make setup again",
                 mj_version(), mjVERSION_HEADER);
        return M3DT_MJ_ERROR;
    }
    GUARDED(*model = mj_loadXML(path, NULL, words, sizeof words));
    if (*model) return M3DT_MJ_OK;
    snprintf(message, sizeof message, "%s", words);
    return M3DT_MJ_ERROR;
}

m3dt_mj_status m3dt_mj_make_data(const mjModel* model, mjData** data) {
    *data = NULL;
    GUARDED(*data = mj_makeData(model));
    if (*data) return M3DT_MJ_OK;
    snprintf(message, sizeof message, "there is not enough memory for the state of a model");
    return M3DT_MJ_ERROR;
}

m3dt_mj_status m3dt_mj_copy_model(const mjModel* model, mjModel** copy) {
    *copy = NULL;
    GUARDED(*copy = mj_copyModel(NULL, model));
    if (*copy) return M3DT_MJ_OK;
    snprintf(message, sizeof message, "there is not enough memory for a copy of a model");
    return M3DT_MJ_ERROR;
}

m3dt_mj_status m3dt_mj_reset(const mjModel* model, mjData* data) {
    GUARDED(mj_resetData(model, data));
    return M3DT_MJ_OK;
}

m3dt_mj_status m3dt_mj_copy_state(const mjModel* model, mjData* target, const mjData* source) {
    GUARDED(mj_copyData(target, model, source));
    return M3DT_MJ_OK;
}

m3dt_mj_status m3dt_mj_forward(const mjModel* model, mjData* data) {
    GUARDED(mj_forward(model, data));
    return warned(data);
}

m3dt_mj_status m3dt_mj_forward_passive(const mjModel* model, mjData* data) {
    // The model may be in use by other threads: only this copy of its outermost part has the switch changed.
    mjModel passive = *model;
    passive.opt.disableflags |= mjDSBL_ACTUATION;
    GUARDED(mj_forward(&passive, data));
    return warned(data);
}

m3dt_mj_status m3dt_mj_step(const mjModel* model, mjData* data, int count) {
    for (int i = 0; i < count; i++) {
        GUARDED(mj_step(model, data));
        m3dt_mj_status status = warned(data);
        if (status != M3DT_MJ_OK) return status;
    }
    return M3DT_MJ_OK;
}

m3dt_mj_status m3dt_mj_step1(const mjModel* model, mjData* data) {
    GUARDED(mj_step1(model, data));
    return warned(data);
}

m3dt_mj_status m3dt_mj_step2(const mjModel* model, mjData* data) {
    GUARDED(mj_step2(model, data));
    return warned(data);
}

m3dt_mj_status m3dt_mj_provoke_error(const char* text) {
    GUARDED(mju_error("%s", text));
    return M3DT_MJ_OK;
}

m3dt_mj_status m3dt_mj_make_scene(const mjModel* model, mjvScene* scene, int geometries) {
    mjv_defaultScene(scene);
    GUARDED(mjv_makeScene(model, scene, geometries));
    return M3DT_MJ_OK;
}

m3dt_mj_status m3dt_mj_make_context(const mjModel* model, mjrContext* context) {
    mjr_defaultContext(context);
    GUARDED({
        mjr_makeContext(model, context, mjFONTSCALE_100);
        mjr_setBuffer(mjFB_OFFSCREEN, context);
    });
    if (context->currentBuffer == mjFB_OFFSCREEN) return M3DT_MJ_OK;
    snprintf(message, sizeof message, "the OpenGL library has no off-screen buffers");
    return M3DT_MJ_ERROR;
}

m3dt_mj_status m3dt_mj_draw(
    const mjModel* model, mjData* data, const mjvOption* option, mjvCamera* camera, mjvScene* scene,
    const mjrContext* context, int width, int height, unsigned char* pixels) {
    mjrRect view = {0, 0, width, height};
    GUARDED({
        mjv_updateScene(model, data, option, NULL, camera, mjCAT_ALL, scene);
        mjr_render(view, scene, context);
        mjr_readPixels(pixels, NULL, view, context);
    });
    return M3DT_MJ_OK;
}
